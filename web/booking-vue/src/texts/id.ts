import type { Messages } from '@gema/booking';

/** What only the frame of this application says, in Indonesian; the other texts stand in @gema/booking. */
export const id = {
  'notifications.today': 'Hari ini',
  'notifications.yesterday': 'Kemarin',
  'notifications.unreadWord': 'belum dibaca',
  'notifications.viewBooking': 'Lihat pemesanan {booking_code}',
  'notifications.loadFailed': 'Daftar ini mungkin tidak lengkap.',
  'notifications.empty.guest': 'Pengumuman untuk semua orang muncul di sini.',
  'notifications.error.loadMore': 'Notifikasi yang lebih lama tidak dapat dimuat. Coba lagi.',
  'notifications.error.markAllRead': 'Notifikasi belum dapat ditandai semua sudah dibaca. Coba lagi.',

  'toast.dismissAll': 'Tutup semua',

  'connection.tryNow': 'Coba sekarang',
  'connection.refused': 'Server menolak sambungan ini (kode {code}).',
  'connection.refusedWithoutCode': 'Server menolak sambungan ini.',
  'connection.insecure':
    'Halaman ini aman (https), tetapi servernya hanya menerima sambungan tanpa enkripsi.',
  'connection.protocol': 'Peramban atau server ini tidak mengenal pembaruan langsung.',

  'app.language.id': 'Bahasa Indonesia',
  'app.language.en': 'English',

  'settings.soundHint': 'Nada pendek, paling sering sekali per detik.',

  'start.title': 'Studio Gema tidak dapat dimulai',
  'start.text': 'Layanan tidak menjawab. Coba lagi sebentar.',
} as const satisfies Messages;
