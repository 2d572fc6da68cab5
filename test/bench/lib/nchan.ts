import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { eventually, freePort } from '../../services/process.ts'
import { Server } from './child.ts'

/** Where Debian's package puts it; nginx itself is found on the PATH. */
const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so'

export const hasNchan = existsSync(MODULE) && spawnSync('nginx', ['-v']).status === 0

/** One process that keeps nothing, in `folder`. */
const configOf = (port: number, folder: string) => `
  load_module ${MODULE};
  daemon off;
  master_process off;
  pid ${folder}/nginx.pid;
  error_log ${folder}/error.log;
  worker_rlimit_nofile 65536;
  events { worker_connections 32768; }
  http {
    access_log off;
    keepalive_requests 1000000000;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join('\n    ')}
    server {
      listen 127.0.0.1:${port} backlog=4096;
      nchan_channel_id all;
      nchan_store_messages off;
      location = /publish { nchan_publisher; }
      location = /ws { nchan_subscriber websocket; }
    }
  }
`

/** nginx with nchan, whose process is the one that is measured. */
export async function startNchan (): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'belfry-nchan-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, configOf(port, folder))
  const server = await Server.start('sh', ['-c', `echo '{"port":${port}}'; exec nginx -p ${folder} -c ${config}`])
  await eventually(() => reach(port))
  return server
}

/** Resolves when something listens there; fails while nothing does. */
async function reach (port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}
