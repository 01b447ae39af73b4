import type { Messages } from '@gema/booking';

/** What only this application says, beside the catalogues of @gema/booking, in Indonesian. */
export const id = {
  'hero.title': 'Temukan tempat Anda di studio',

  'header.switchLanguage': 'Switch to English',
  'header.theme': 'Tema: {theme}',

  'banner.tryNow': 'Coba sekarang',

  'notices.label': 'Pemberitahuan',
  'notices.dismiss': 'Tutup notifikasi',

  'availability.error.places': 'Sisa tempat tidak dapat dimuat',
  'availability.freeOfCharge': 'Gratis',

  'logIn.heading': 'Selamat datang',
  'logIn.toBook': 'Masuk untuk memesan {name}',
  'expired.goOn': 'Lanjut tanpa masuk',

  'pay.later': 'Bayar nanti',
  'pay.now': 'Bayar sekarang',
  'pay.simulation': 'Simulasi',

  'problem.network': 'Server tidak dapat dihubungi. Coba lagi: tidak akan tercatat dua kali.',
  'problem.seconds': '{seconds} dtk',

  'bookings.lede': 'Yang Anda pesan, dengan setiap perubahan begitu terjadi.',
  'bookings.noneOf': 'Tidak ada pemesanan dengan status ini',
  'bookings.pages': 'Halaman',

  'admin.lede': 'Yang Anda ubah di sini langsung terlihat oleh semua orang.',
  'admin.online.title': 'Sedang daring',
  'admin.online.nobody': 'Tidak ada yang membuka halaman.',
  'admin.online.since': 'sejak {time}',
  'admin.online.error': 'Daftar yang sedang daring gagal dimuat',
  'admin.booking.latest': 'Pemesanan terbaru',
  'admin.booking.nothing': 'Pilih dahulu status yang baru.',
} as const satisfies Messages;
