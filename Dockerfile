# 衔接 Xianjie as one image. Against a PostgreSQL of your own (settings: README.md):
#   docker run --env-file xianjie.env xianjie migrate
#   docker run --env-file xianjie.env -v xianjie-files:/srv/xianjie/files -p 8000:8000 xianjie
# The image's Python is the same in both stages, so that the environment can be copied as it is.
FROM python:3.13-slim AS build
WORKDIR /srv/xianjie
COPY requirements.txt ./
RUN python -m venv .venv
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check -q --require-hashes -r requirements.txt
COPY . ./
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check -q --no-deps --no-build-isolation -e .

FROM python:3.13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libreoffice-writer-nogui fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/xianjie
COPY --from=build --chown=10001:10001 /srv/xianjie ./
USER 10001:10001
RUN mkdir -p files data
ENV XIANJIE_FILES=files XIANJIE_DATA_DIR=data
EXPOSE 8000
ENTRYPOINT [".venv/bin/xianjie"]
CMD ["serve", "--host", "0.0.0.0"]
