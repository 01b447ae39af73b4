import { describe, expect, it } from 'vitest';
import { ApiError, errorMessage, NetworkError, UnreadableAnswerError } from '../src/index.ts';

function refused(status: number, message = '', retryAfter: number | null = null): ApiError {
  return new ApiError({ status, message, retryAfter });
}

describe('errorMessage', () => {
  it.each([
    [new NetworkError('unreachable'), 'Server tidak dapat dihubungi. Periksa sambungan internet Anda.'],
    [new NetworkError('timeout'), 'Server terlalu lama menjawab. Coba lagi sebentar.'],
    [new UnreadableAnswerError(200), 'Jawaban server tidak dapat dibaca. Muat ulang halaman ini.'],
    [refused(401, 'Unauthenticated.'), 'Anda belum masuk, atau sesi Anda telah berakhir.'],
    [refused(403, 'This action is unauthorized.'), 'Anda tidak berhak melakukan ini.'],
    [refused(404, 'There is no such booking.'), 'Data ini tidak ditemukan.'],
    [refused(422, 'Surel wajib diisi.'), 'Surel wajib diisi.'],
    [refused(422), 'Periksa kembali isian Anda.'],
    [refused(429, 'Too Many Attempts.'), 'Terlalu banyak permintaan. Tunggu sebentar.'],
    [refused(429, 'Too Many Attempts.', 17), 'Terlalu banyak permintaan. Coba lagi dalam 17 detik.'],
    [refused(503, 'The service is busy; try again later.'), 'Server sedang sibuk. Coba lagi sebentar.'],
    [refused(500, 'Server Error'), 'Ada yang salah di server kami. Coba lagi nanti.'],
    [
      refused(413, 'The request body must not be greater than 65536 bytes.'),
      'The request body must not be greater than 65536 bytes.',
    ],
    [new TypeError('x is undefined'), 'Ada yang tidak beres. Muat ulang halaman ini.'],
  ])('%s', (error, sentence) => {
    expect(errorMessage(error, 'id')).toBe(sentence);
  });

  it.each([
    ['Session is fully booked', 'Tempat untuk sesi ini sudah habis.'],
    [
      'There are 50 bookings that are not paid; pay or cancel one of them first.',
      'Ada 50 pemesanan yang belum dibayar. Bayar atau batalkan salah satunya dahulu.',
    ],
    ['A booking that is cancelled cannot be paid.', 'Pemesanan ini tidak dapat dibayar lagi.'],
    [
      'A booking that is expired cannot become confirmed.',
      'Status pemesanan ini tidak dapat diubah seperti itu.',
    ],
    ['A payment that is paid cannot become unpaid.', 'Status pembayaran ini tidak dapat diubah seperti itu.'],
    ['A request with this Idempotency-Key is in progress.', 'Permintaan yang sama sedang diproses.'],
    ['Something new.', 'Something new.'],
  ])('conflict: %s', (sentence, translated) => {
    expect(errorMessage(refused(409, sentence), 'id')).toBe(translated);
  });

  it('has plurals in English', () => {
    expect(errorMessage(refused(429, '', 1), 'en')).toBe('Too many requests. Try again in 1 second.');
  });
});
