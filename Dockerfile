# The programs of Gridward. The database is a container of its own (compose.yaml).
# The scripts are those that `make run` and CI use.

FROM node:20-bookworm-slim AS pages
WORKDIR /gridward
COPY scripts/pages.sh scripts/
COPY frontend/package.json frontend/package-lock.json frontend/.npmr[c] frontend/
RUN scripts/pages.sh modules
COPY frontend frontend
RUN scripts/pages.sh

FROM python:3.11-slim-bookworm AS programs
WORKDIR /gridward
COPY scripts/python.sh scripts/
COPY requirements.lock pyproject.toml README.md ./
COPY src src
RUN scripts/python.sh requirements.lock

FROM python:3.11-slim-bookworm
# pg_dump for `gridward backup`: not older than the database's server (compose.yaml).
RUN apt-get update -qq \
    && apt-get install -qq --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin gridward
WORKDIR /gridward
COPY --from=programs /gridward/.venv .venv
COPY alembic.ini pyproject.toml ./
COPY migrations migrations
COPY openapi openapi
COPY src src
COPY --from=pages /gridward/frontend/dist frontend/dist
ENV PATH=/gridward/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    GRIDWARD_DATA=/data \
    GRIDWARD_HOST=0.0.0.0 \
    GRIDWARD_LOG_FORMAT=json
USER gridward
VOLUME /data
EXPOSE 8000
CMD ["gridward", "serve"]
