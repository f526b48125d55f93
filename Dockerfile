# One image for every process of the hub: `yijian serve`, `yijian worker`, and the simulators of the demo.
# Debian's OpenSSL brings SM2/SM3; a self-test at start decides whether they are used (docs/e-certificates.md).

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir "uv>=0.13,<0.14"
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY catalog catalog
COPY certificates certificates
COPY adapters adapters
COPY hub hub
# Not editable: the site's folder and the templates travel inside the packages.
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 yijian && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent yijian \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/yijian /var/lib/outside
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    YIJIAN_FOLDER=/var/lib/yijian YIJIAN_HOST=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/yijian
VOLUME /var/lib/yijian
EXPOSE 8080
ENTRYPOINT ["yijian"]
CMD ["serve"]
