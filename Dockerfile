FROM node:26.10.0-alpine AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY src/client/package.json src/client/
COPY src/inbox/package.json src/inbox/
# Two packages come by platform: esbuild, which bundles scripts for browsers, and Node, which the image brings itself.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:26.10.0-alpine
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY src ./src
COPY plugins ./plugins
COPY routes ./routes
COPY schemas ./schemas
# The code stays root's: the server may write to its data, and to nothing else.
RUN mkdir -m 700 data && chown node:node data
USER node
VOLUME /app/data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# As many threads beside the main one as there are processors for them: Node.js has four by default, which on a small machine hold up the server when they collect garbage.
CMD ["node", "--v8-pool-size=0", "src/server.ts"]
