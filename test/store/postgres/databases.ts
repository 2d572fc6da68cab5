import pg from 'pg'
import type { Test } from 'tap'
import { newEpoch } from '../../../src/store/epoch.ts'
import { openStore } from '../../../src/store/open.ts'
import { ask, type Postgres } from '../../services/postgres.ts'

/** Puts a database back as it was migrated: tables that were written are emptied, what stood in them at first stands there again. */
const RESET = `
CREATE FUNCTION pristine.reset(new_epoch TEXT) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name TEXT;
  is_filled BOOLEAN;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO is_filled;
    IF is_filled THEN EXECUTE format('TRUNCATE public.%I', name); END IF;
    EXECUTE format('INSERT INTO public.%1$I SELECT * FROM pristine.%1$I', name);
  END LOOP;
  UPDATE log SET epoch = new_epoch;
END $$`

/** Keeps what each table holds at first in a schema of its own, from which it can be had again. */
const KEEP = `
CREATE SCHEMA pristine;
DO $$
DECLARE
  name TEXT;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', name);
  END LOOP;
END $$`

/**
 * Migrated databases without any data, each used by one test after the other: making and dropping one costs more than most
 * tests do. That a new database is migrated other tests see.
 */
export class Databases {
  readonly #server: Postgres
  readonly #t: Test
  readonly #free: string[] = []
  /** For each, the connection that resets it: a new one would first have to read all that it knows of its tables. */
  readonly #resetting = new Map<string, pg.Client>()

  constructor (t: Test, server: Postgres) {
    this.#t = t
    this.#server = server
  }

  /** The URL of a database that nobody else has until it is given back. */
  async take (): Promise<string> {
    const url = this.#free.pop() ?? await this.#make()
    await this.#resetting.get(url)!.query(`SELECT pristine.reset('${newEpoch()}')`)
    return url
  }

  /** No store may be connected to it any more. */
  giveBack (url: string): void {
    this.#free.push(url)
  }

  async #make (): Promise<string> {
    const url = await this.#server.database(this.#t)
    await (await openStore(url)).close()
    await ask(url, KEEP)
    await ask(url, RESET)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    this.#t.teardown(() => client.end())
    this.#resetting.set(url, client)
    return url
  }
}
