import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** What `lockstep demo` writes for its user. */
export interface Connection {
  url: string;
  adminDatabaseUrl: string;
  anonKey: string;
  serviceRoleKey: string;
  jwtSecret: string;
}

/** A real server in a folder of its own, started as a user starts it. */
export class Server {
  connection!: Connection;
  private process: ChildProcess | undefined;
  private output = '';

  private constructor(readonly folder: string) {}

  static async start(): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-e2e-'));
    // PostgreSQL runs as another user when we are root, and must be able to reach its folder.
    await chmod(folder, 0o755);
    const server = new Server(folder);
    try {
      await server.launch(0);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Starts again on the port that the clients know. */
  async startAgain(): Promise<void> {
    await this.launch(Number(new URL(this.connection.url).port));
  }

  /** As a crash would: nothing is said to anybody. PostgreSQL lives on. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  /** @returns the exit code of a stop on request; -1 when it had to be killed */
  async stop(): Promise<number> {
    const code = this.process ? await this.end('SIGTERM') : 0;
    await this.endPostgres();
    await rm(this.folder, { recursive: true, force: true });
    return code;
  }

  private async launch(port: number): Promise<void> {
    const data = join(this.folder, 'data');
    const demo = ['demo', '--data', data, '--port', String(port), '--empty'];
    const startedAt = Date.now();
    // It becomes the server's process; LOCKSTEP_JAR in the environment keeps it from building.
    const child = spawn(join(repository, 'lockstep'), demo, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    this.output = '';
    const collect = (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-20_000);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => {
      this.output += `\n${error.message}`;
    });
    const deadline = startedAt + 240_000;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the server ended while starting:\n${this.output}`);
      }
      if (Date.now() > deadline) {
        throw new Error(`the server did not write connection.json in time:\n${this.output}`);
      }
      const found = await this.freshConnection(join(data, 'connection.json'), startedAt);
      if (found) {
        this.connection = found;
        return;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** A file from before a crash is not an answer. */
  private async freshConnection(file: string, since: number): Promise<Connection | undefined> {
    try {
      if ((await stat(file)).mtimeMs < since) return undefined;
      return JSON.parse(await readFile(file, 'utf8')) as Connection;
    } catch {
      return undefined;
    }
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    const child = this.process;
    if (!child) return 0;
    this.process = undefined;
    if (child.exitCode !== null) return child.exitCode;
    const ended = new Promise<number>((done) =>
      child.once('exit', (code, by) => done(code ?? (by === 'SIGTERM' ? 143 : -1))),
    );
    child.kill(signal);
    const tooLate = setTimeout(() => child.kill('SIGKILL'), 15_000);
    const code = await ended;
    clearTimeout(tooLate);
    return code;
  }

  /** After a crash in a test nobody else would end it. */
  private async endPostgres(): Promise<void> {
    for (const entry of await readdir(this.folder, { recursive: true })) {
      if (!entry.endsWith('postmaster.pid')) continue;
      const pid = Number((await readFile(join(this.folder, entry), 'utf8')).split('\n')[0]);
      try {
        process.kill(pid, 'SIGQUIT');
        while (process.kill(pid, 0)) await new Promise((done) => setTimeout(done, 20));
      } catch {
        // It is gone, which is what we want.
      }
    }
  }
}
