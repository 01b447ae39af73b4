import { availabilityEn } from './availability.en.ts';
import { availabilityId } from './availability.id.ts';
import { notificationEn } from './notification.en.ts';
import { notificationId } from './notification.id.ts';
import { sharedEn } from './shared.en.ts';
import { sharedId } from './shared.id.ts';

/** What both front ends say: navigation, connection, errors, labels of statuses. */
export const sharedTexts = { id: sharedId, en: sharedEn };

/** What the application for availability and booking says. */
export const availabilityTexts = { id: availabilityId, en: availabilityEn };

/** What the notification centre says. */
export const notificationTexts = { id: notificationId, en: notificationEn };
