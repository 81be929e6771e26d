FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock requirements-build.lock ./
ENV LIGHTFM_NO_CFLAGS=1
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY lrs lrs
COPY recommender recommender
COPY scripts scripts
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --create-home learnerprise
COPY --from=build /venv /venv
WORKDIR /home/learnerprise
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER learnerprise
EXPOSE 8000
CMD ["learnerprise", "serve"]
