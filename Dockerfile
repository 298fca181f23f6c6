# The image of the controller: one static program and nothing else. docs/install.md says how to build it.
FROM rust:1.95.0 AS build
WORKDIR /src
COPY . .
# Because --target is given, the flags are not for build scripts and macros, which load shared libraries. The second
# takes random numbers from the kernel: a static program does not find libc's function, and would want /dev/urandom.
RUN target=$(uname -m)-unknown-linux-gnu \
    && RUSTFLAGS='-C target-feature=+crt-static --cfg getrandom_backend="linux_getrandom"' \
       cargo build --locked --release --package bulla-controller --target "$target" \
    && cp "target/$target/release/bulla-controller" /bulla-controller

FROM scratch
COPY --from=build /bulla-controller /bulla-controller
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/bulla-controller"]
