# Built from a clean checkout: docker build -t mde-emulator .

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY build.mjs tsconfig.json ./
COPY src ./src
COPY fixtures ./fixtures
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="mde-emulator" \
      org.opencontainers.image.description="A local emulator of the Microsoft Defender for Endpoint API. Not affiliated with Microsoft." \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY fixtures ./fixtures
COPY openapi ./openapi
# Loopback of a container is reached by nobody. Beyond loopback the control plane wants the admin token, which is
# printed at start, or given by MDE_EMULATOR_ADMIN_TOKEN.
ENV NODE_ENV=production \
    MDE_EMULATOR_HOST=0.0.0.0
# HTTP, and HTTPS with the local CA: for other containers give it their name for this one, --tls-name mde.
EXPOSE 6330 6331
# No key is in the image: each container makes its own. A volume here keeps them, and must belong to the user.
RUN mkdir -p /home/node/.local/share/mde-emulator && chown -R node:node /home/node/.local
# Keys go to the user's data folder. On a read-only file system they are kept in memory, and a line says so.
USER node
# No curl in a slim image: the command asks itself.
HEALTHCHECK --interval=5s --timeout=3s --start-period=3s --retries=3 \
  CMD ["node", "dist/cli.js", "healthcheck"]
# In the exec form, so that signals reach the process and `docker run mde-emulator --seed 7` works.
ENTRYPOINT ["node", "dist/cli.js"]
