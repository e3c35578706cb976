<?php
// What `imaginelab-mock run` has each PHP (7.4 or newer) do first: streams without a context of their own go by its proxy.

namespace ImaginelabMock;

/** Returns the file that would have been run first if this one were not; '' for none. */
function replaced(): string
{
    $file = '';
    $scanned = array_map('trim', explode(',', php_ini_scanned_files() ?: ''));
    foreach (array_filter(array_merge([php_ini_loaded_file()], $scanned)) as $ini) {
        $said = (@parse_ini_file($ini) ?: [])['auto_prepend_file'] ?? __FILE__;
        // The last one counts, and ours is the very last, perhaps behind a symbolic link.
        $file = $said !== '' && realpath($said) === __FILE__ ? $file : $said;
    }
    return $file;
}

if (preg_match('~^http://([^/]+)~', getenv('IMAGINELAB_MOCK_URL') ?: '', $found)) {
    stream_context_set_default(['http' => ['proxy' => "tcp://$found[1]", 'request_fulluri' => true]]);
}
unset($found);

if (replaced() !== '') {
    require replaced();
}
