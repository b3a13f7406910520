# The container image, from a release: bun run release linux-x64-baseline linux-arm64 && docker build -t restante .
ARG VERSION=0.1.0

# For any x64 processor: an image does not know where it will run.
FROM scratch AS amd64
ARG VERSION
ADD dist/release/restante-${VERSION}-linux-x64-baseline.tar.xz /

FROM scratch AS arm64
ARG VERSION
ADD dist/release/restante-${VERSION}-linux-arm64.tar.xz /

FROM ${TARGETARCH} AS release

FROM debian:12-slim
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin restante \
 && install -d -o restante -g restante -m 0700 /data \
 && install -d /etc/restante
COPY --from=release /restante-*/restante /usr/local/bin/restante
COPY --from=release /restante-*/LICENSE /usr/share/doc/restante/LICENSE

# Settings come from the environment, or from /etc/restante/restante.toml when one is mounted there.
ENV RESTANTE_SERVER_HOST=0.0.0.0 RESTANTE_SERVER_PORT=8080 RESTANTE_SERVER_DATA_DIR=/data
# Less memory.
ENV BUN_JSC_heapGrowthMaxIncrease=1 BUN_JSC_startupJITDeferralScale=4 MIMALLOC_PURGE_DELAY=200
WORKDIR /etc/restante
USER restante
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["restante", "health", "--url", "http://127.0.0.1:8080"]
ENTRYPOINT ["restante"]
CMD ["serve"]
