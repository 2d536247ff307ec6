# Two stages: one that compiles, one that runs and holds nothing but the program and the root certificates.

FROM rust:1.95-bookworm AS builder
WORKDIR /build
# `.cargo/config.toml` carries the flags with which SQLite is compiled in; without it each query would be planned again at
# every run, and the program says so at its start.
COPY .cargo .cargo
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin almoner \
    && install -D -m 0755 target/release/almoner /out/usr/local/bin/almoner \
    && install -d -m 0750 -o 10001 -g 10001 /out/var/lib/almoner /out/var/lib/almoner/documents

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Almoner" \
      org.opencontainers.image.description="Commissioning and grants management for a local policing body" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# TLS to PostgreSQL and to the mail server is checked against these; no package has to be installed for them.
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=builder /out /
# A number, not a name, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/almoner
ENV ALMONER_LISTEN=0.0.0.0:8080 \
    ALMONER_DOCUMENTS_DIR=/var/lib/almoner/documents
VOLUME ["/var/lib/almoner/documents"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/local/bin/almoner", "health", "--url", "http://127.0.0.1:8080"]
ENTRYPOINT ["/usr/local/bin/almoner"]
CMD ["serve"]
