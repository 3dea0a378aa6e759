# One image, one command a process. Node runs the TypeScript as it is (docs/decisions/0001), so an image is the tree and
# its dependencies: copied, not packed, because Node strips no types below node_modules.
ARG NODE_IMAGE=node:24-alpine

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY db/package.json db/
COPY packages/domain/package.json packages/domain/
COPY packages/runtime/package.json packages/runtime/
COPY packages/tail/package.json packages/tail/
COPY packages/view/package.json packages/view/
COPY packages/api/package.json packages/api/
COPY packages/client/package.json packages/client/
COPY packages/board/package.json packages/board/
COPY packages/relay/package.json packages/relay/
COPY packages/projector/package.json packages/projector/
COPY packages/testkit/package.json packages/testkit/
COPY tests/package.json tests/
COPY bench/package.json bench/
# By the hashes in the repository: npm checks pnpm's, pnpm those of its lockfile.
COPY scripts/lib/install/pnpm /opt/pnpm
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel error --prefix /opt/pnpm \
  && node /opt/pnpm/node_modules/pnpm/bin/pnpm.mjs install --prod --frozen-lockfile

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 OPS_HOST=0.0.0.0
COPY --from=dependencies /app ./
COPY db db
COPY packages packages
# The pages of the board, whose sources do not change any more.
RUN node packages/board/build.ts
# What `credentials` of docker-compose.yml runs.
COPY deploy/nats deploy/nats
COPY deploy/redis deploy/redis
COPY scripts/credentials.mjs scripts/
COPY scripts/lib/servers/credentials.mjs scripts/lib/servers/
# A volume that is mounted here begins with this owner.
RUN mkdir -p /keys /credentials/superuser /credentials/owner /credentials/api /credentials/relay /credentials/projector \
    /credentials/redis /credentials/nats && chown -R node:node /keys /credentials
USER node
CMD ["node", "packages/api/main.ts"]
