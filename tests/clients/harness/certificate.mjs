// A certificate that nobody but itself has signed.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and a certificate for an IP address of this machine, as texts of PEM. */
export function selfSigned(address) {
  const folder = mkdtempSync(join(tmpdir(), 'gema-certificate-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((file) => join(folder, file));
  try {
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', `subjectAltName=IP:${address}`];
    // Whoever is told to trust it takes it for the certificate of a server only if it may sign no others.
    const server = ['-addext', 'basicConstraints=critical,CA:FALSE'];
    execFileSync('openssl', [...request, ...names, ...server, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
