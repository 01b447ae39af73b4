import { onScopeDispose, readonly, ref, type Ref } from 'vue';
import type { CalendarDate } from '@gema/booking';

/** The day of a moment where the user is. */
export function dayOf(moment: Date): CalendarDate {
  const [year, month, day] = [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()];
  return `${year}-${pad(month)}-${pad(day)}`;
}

/** The day before. */
export function dayBefore(day: CalendarDate): CalendarDate {
  const date = new Date(`${day}T12:00:00`);
  date.setDate(date.getDate() - 1);
  return dayOf(date);
}

/** The present day where the user is; changes at midnight. */
export function useToday(): Readonly<Ref<CalendarDate>> {
  const today = ref(dayOf(new Date()));
  let timer: ReturnType<typeof setTimeout>;
  const wait = (): void => {
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    timer = setTimeout(() => {
      today.value = dayOf(new Date());
      wait();
    }, midnight.getTime() - now.getTime());
  };
  wait();
  onScopeDispose(() => clearTimeout(timer));
  return readonly(today);
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
