// Signed requests to the HTTP API, by hand, so that a test can spoil every part of them.

import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

const keptAlive = { keepAlive: true, maxSockets: 4 };
const agents = { plain: new http.Agent(keptAlive), tls: new https.Agent(keptAlive) };

/** The client of one server's HTTP API. */
export class Api {
  constructor(server) {
    this.server = server;
  }

  get app() {
    return `/apps/${this.server.appId}`;
  }

  get(path, query = {}, options = {}) {
    return this.call('GET', `${this.app}${path}`, { query, ...options });
  }

  post(path, body, options = {}) {
    return this.call('POST', `${this.app}${path}`, { body, ...options });
  }

  /** Triggers an event and throws unless it was accepted. */
  async trigger(channel, name, data = '{}', more = {}) {
    const channels = Array.isArray(channel) ? channel : [channel];
    const answer = await this.post('/events', { name, data, channels, ...more });
    if (answer.status !== 200) throw new Error(`trigger was refused: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  /**
   * A signed request. `sign` changes what is signed (`key`, `secret`, `timestamp`, `version`, `method`, `path`, `md5`),
   * `spoil` changes the list of `[name, value]` pairs after signing, `write` turns it into the query string.
   */
  call(method, path, { query = {}, body, headers = {}, sign = {}, spoil = (pairs) => pairs, write = plain, wire = encodeURI(path) } = {}) {
    const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const pairs = this.signed(sign.method ?? method, sign.path ?? path, query, content, sign);
    return exchange(this.server, method, `${wire}?${write(spoil(pairs))}`, content, headers);
  }

  /** The pairs of a signed query, the signature last. */
  signed(method, path, query, content, sign = {}) {
    const pairs = [
      ['auth_key', sign.key ?? this.server.key],
      ['auth_timestamp', String(sign.timestamp ?? Math.floor(Date.now() / 1000))],
      ['auth_version', sign.version ?? '1.0'],
      ...Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
    ];
    const md5 = 'md5' in sign ? sign.md5 : content ? createHash('md5').update(content).digest('hex') : undefined;
    if (md5 !== undefined) pairs.push(['body_md5', md5]);
    pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const text = [method, path, pairs.map(([name, value]) => `${name}=${value}`).join('&')].join('\n');
    const signature = createHmac('sha256', sign.secret ?? this.server.secret).update(text).digest('hex');
    return [...pairs, ['auth_signature', signature]];
  }
}

/** The query with commas, plus signs and brackets as they are, as the SDKs write it. */
export function plain(pairs) {
  return pairs.map(([name, value]) => `${name}=${encodeURI(value)}`).join('&');
}

/** The query with everything percent-encoded. */
export function encoded(pairs) {
  return pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
}

/** An unsigned exchange: `{ status, headers, text, json }`. */
export function exchange(server, method, target, content, headers = {}) {
  return new Promise((resolve, reject) => {
    const tls = server.certificate;
    const options = {
      agent: tls ? agents.tls : agents.plain,
      ...(tls && { ca: tls.cert }),
      method,
      host: server.host,
      port: server.port,
      path: `${server.path}${target}`,
      headers: content === undefined ? headers : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(content), ...headers },
    };
    const request = (tls ? https : http).request(options, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode, headers: answer.headers, text, json: parsed(text) });
      });
    });
    request.on('error', reject);
    request.end(content);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
