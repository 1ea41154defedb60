import type { TestProject } from 'vitest/node';
import { type Connection, Server } from './server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    connection: Connection;
  }
}

export default async function setup(project: TestProject) {
  const server = await Server.start();
  project.provide('connection', server.connection);
  return async () => {
    const code = await server.stop();
    if (code !== 0 && code !== 143) {
      throw new Error(`the server did not stop cleanly on SIGTERM: exit code ${code}`);
    }
  };
}
