# Two stages: the first builds the environment from the lock file, the second only runs it.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/liverelay
COPY requirements.lock ./
RUN /opt/liverelay/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY bot ./bot
RUN /opt/liverelay/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
ENV PATH=/opt/liverelay/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --home-dir /var/lib/liverelay --create-home liverelay
COPY --from=build /opt/liverelay /opt/liverelay
WORKDIR /var/lib/liverelay
COPY config ./config
RUN mkdir data && chown -R liverelay:liverelay /var/lib/liverelay
USER liverelay
VOLUME ["/var/lib/liverelay/data"]
EXPOSE 8080
ENV LIVERELAY_WEB__HOST=0.0.0.0
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["liverelay"]
CMD ["run"]
