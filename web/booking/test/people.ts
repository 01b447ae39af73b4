import type { User } from '../src/index.ts';

export const ANI: User = {
  id: 7,
  name: 'Ani',
  email: 'ani@example.com',
  roles: ['user'],
  created_at: '2026-11-01T00:00:00.000000Z',
};

export const BUDI: User = { ...ANI, id: 8, name: 'Budi', email: 'budi@example.com' };
