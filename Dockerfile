# The emulator as a sidecar: docker build --tag imaginelab-mock .
#
# Any base will do that has Python 3.11 or newer, with venv, as `python3`. An engine older than 25 refuses the flag
# --start-interval of HEALTHCHECK: take it out for that one, and make --interval as short as healthy is to come soon.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
# For a network with an index or certificates of its own, e.g. --build-arg PIP_INDEX_URL. They stay behind in this stage.
ARG PIP_CERT
ARG PIP_EXTRA_INDEX_URL
ARG PIP_INDEX_URL
ARG PIP_TRUSTED_HOST
WORKDIR /build
RUN python3 -m venv with-pip
# What the lock names is held by its hash, the build backend too; what comes after it finds nothing else.
COPY requirements.lock .
RUN with-pip/bin/python -m pip wheel --quiet --no-deps --require-hashes --requirement requirements.lock \
        --wheel-dir wheels
COPY LICENSE README.md pyproject.toml ./
COPY mockserver mockserver
COPY scenarios scenarios
COPY scripts/healthy scripts/
RUN python3 -m venv --without-pip /opt/imaginelab-mock \
    && with-pip/bin/python -m pip --python /opt/imaginelab-mock/bin/python3 install --quiet --no-compile --no-index \
        --find-links wheels ".[metrics,tls]" \
    # Unchecked, because copying to the image may change the times of the sources.
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/imaginelab-mock/lib \
    && cp scripts/healthy /opt/imaginelab-mock/bin/

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="imaginelab-mock" \
    org.opencontainers.image.description="An emulator of the ImagineLab API for offline, deterministic testing of client code." \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/imaginelab-mock /opt/imaginelab-mock
# The published base has no bytecode of the standard library, and a read-only container would compile it at each start:
# what the program loads is compiled here. /ca is for --ca-dir; a named volume that is mounted there has the same owner.
RUN /opt/imaginelab-mock/bin/python3 -c "import encodings.idna, faker, prometheus_client, trustme, \
        mockserver.media.infographic, mockserver.media.wav, mockserver.run.command, mockserver.serve.server, mockserver.serve.emulator, \
        mockserver.tls.truststore; from mockserver.release import release; release()"
RUN install --directory --owner=10001 --group=0 --mode=775 /ca
# The memory is the one place that is writable in every container.
ENV PATH="/opt/imaginelab-mock/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE=1 \
    TMPDIR=/dev/shm \
    IMAGINELAB_MOCK_HOST=0.0.0.0 \
    IMAGINELAB_MOCK_DEFAULT_CLOCK=poll
WORKDIR /scenarios
USER 10001:10001
EXPOSE 8402 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=250ms \
    CMD ["python3", "-I", "-S", "/opt/imaginelab-mock/bin/healthy", "/proc/1/cmdline"]
ENTRYPOINT ["/opt/imaginelab-mock/bin/imaginelab-mock"]
CMD ["serve"]
