# The monitor in a container, with PostgreSQL and reports. Without a mounted configuration it says what it needs and ends.
#
#   docker build --tag amr-monitor .
#   docker run --rm --network host amr-monitor demo
#   docker run -v amr-data:/data -v /etc/amr-monitor:/config:ro -p 8765:8765 amr-monitor
#
# The second needs nothing: the demo listens on 127.0.0.1 alone. For the third, /etc/amr-monitor
# holds or.toml with `host = "0.0.0.0"`, a certificate, its key and tokens: on any address but
# loopback the program refuses to start without them (docs/connecting.md).

FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements-build.txt ./
RUN python -m venv /opt/build
RUN /opt/build/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements-build.txt
COPY requirements.txt ./
RUN python -m venv /opt/amr-monitor
RUN /opt/amr-monitor/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /opt/build/bin/python -m hatchling build --target wheel --directory /build/dist
RUN /opt/amr-monitor/bin/pip install --no-cache-dir --no-deps --no-index /build/dist/*.whl

FROM python:3.11-slim
LABEL org.opencontainers.image.title="amr-monitor" \
      org.opencontainers.image.description="Is the abnormal muscle response still there? Decision support, not a certified medical device." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin amr-monitor \
    && install --directory --owner amr-monitor --group amr-monitor /data /config
COPY --from=build /opt/amr-monitor /opt/amr-monitor
ENV PATH=/opt/amr-monitor/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AMR_MONITOR_STORAGE_FOLDER=/data \
    HEALTH_URL=https://127.0.0.1:8765/healthz
USER amr-monitor
WORKDIR /data
VOLUME /data
EXPOSE 8765
# The certificate names the host, not 127.0.0.1, so it is not checked on this way within the container.
# The demo speaks http: there, HEALTH_URL=http://127.0.0.1:8765/healthz.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, ssl, urllib.request as r; c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE; r.urlopen(os.environ['HEALTH_URL'], timeout=4, context=c)"]
ENTRYPOINT ["amr-monitor"]
CMD ["run", "--config", "/config/or.toml"]
