# The booking application with its front ends. Built from the root of the repository:
#
#   docker build --file deploy/booking.Dockerfile --tag gema-booking .

FROM node:22-bookworm-slim AS web
WORKDIR /source/web
COPY web .
RUN npm ci --no-audit --no-fund && npm run build:apps

FROM rust:1.95.0-bookworm AS build
RUN apt-get update --quiet \
    && apt-get install --yes --quiet --no-install-recommends cmake musl-tools \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN deploy/build-static booking /image/usr/bin/booking \
    && deploy/build-static gema /image/usr/bin/gema
RUN mkdir -p /image/etc/ssl/certs /image/var/lib/booking /image/tmp \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && chown 65532:65532 /image/var/lib/booking \
    && chmod 1777 /image/tmp

FROM scratch
COPY --from=build /image /
COPY --from=web /source/web/dist /usr/share/booking/web
USER 65532:65532
WORKDIR /var/lib/booking
VOLUME /var/lib/booking
ENV PATH=/usr/bin BOOKING_HOST=0.0.0.0 BOOKING_WEB=/usr/share/booking/web
EXPOSE 8000
STOPSIGNAL SIGTERM
# The application answers /up as the server does, so the server's probe fits.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["gema", "health", "--url", "http://127.0.0.1:8000"]
ENTRYPOINT ["booking"]
CMD ["serve"]
