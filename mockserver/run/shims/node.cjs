// What `imaginelab-mock run` has each Node (18 or newer) do first: connections to the API's host go to the mock.
// The host stays what the client asked for wherever a name is sent or verified; who goes by a proxy is left alone.
'use strict';

const HOST = 'api.imagineview.art';

// The address that the host seems to have: one of the loopback interface, so that it leads nowhere by itself.
const MARKER = '127.73.77.1';

const { IMAGINELAB_RUN_ADDRESS: address = '', IMAGINELAB_RUN_CA: authority = '' } = process.env;
const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];

const isApi = (name) => [HOST, MARKER].includes(String(name ?? '').toLowerCase().replace(/\.$/, ''));

/** Leads every socket, as `net`, `tls`, `http`, `https` and undici all connect by this one method. */
function leadSockets(prototype) {
  const { connect } = prototype;
  prototype.connect = function (...args) {
    // Within Node the arguments come as a list that has been sorted out: the options, and who waits.
    const [first, ...rest] = Array.isArray(args[0]) ? args[0] : args;
    const asked = typeof first === 'object' && first !== null ? first : { port: first, host: rest[0] };
    if (Number(asked.port) !== 443 || asked.path || !isApi(asked.host)) {
      return connect.apply(this, args);
    }
    const waiting = rest.filter((each) => typeof each === 'function').slice(0, 1);
    return connect.call(this, { ...asked, host, port: Number(port) }, ...waiting);
  };
}

/** Answers who looks the host up in order to connect to its address. */
function answerLookups(dns) {
  const { lookup } = dns;
  dns.lookup = function (name, ...rest) {
    return lookup.call(this, isApi(name) ? MARKER : name, ...rest);
  };
  // One of them says how it is made to return a promise.
  Object.defineProperties(dns.lookup, Object.getOwnPropertyDescriptors(lookup));
}

/** Adds the mock's authority where a client names its own: NODE_EXTRA_CA_CERTS is for those that name none. */
function joinAuthorities(tls, ours) {
  const { connect } = tls;
  tls.connect = function (...args) {
    const at = args.findIndex((each) => typeof each === 'object' && each !== null);
    const { ca, servername, host: asked = args[1] } = args[at] ?? {};
    if (ca && isApi(servername || asked)) {
      args[at] = { ...args[at], ca: [ca, ours].flat() };
    }
    return connect.apply(this, args);
  };
}

if (host) {
  const dns = require('node:dns');
  const { readFileSync, existsSync } = require('node:fs');
  leadSockets(require('node:net').Socket.prototype);
  answerLookups(dns);
  answerLookups(dns.promises);
  if (existsSync(authority)) {
    joinAuthorities(require('node:tls'), readFileSync(authority, 'utf8'));
  }
  // Else modules that import a function by its name would get the one that was there before.
  require('node:module').syncBuiltinESMExports();
}
