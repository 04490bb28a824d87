# The bot as an image: `docker build -t tminus .`
#   docker run --init --read-only --env-file .env -v tminus:/data tminus migrate
#   docker run --init --read-only --env-file .env -v tminus:/data -p 3000:3000 tminus
# It holds no configuration and no secret, writes to /data alone, and runs as a user without rights.
# compose.yaml runs it as replicas on Postgres; docs/operations.md says the rest.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/tminus
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
COPY storage ./storage
RUN /opt/tminus/bin/pip install --no-cache-dir .

FROM python:${PYTHON}-slim-bookworm
LABEL org.opencontainers.image.title="T-Minus" \
      org.opencontainers.image.description="The release coordinator that lives in Slack" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin tminus \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/tminus /opt/tminus
ENV PATH=/opt/tminus/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TMINUS_DATA=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 3000
# Alive, not ready: a bot whose database or Slack is away must not be restarted for it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 3000), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["tminus"]
CMD ["run"]
