import type { components } from './generated/openapi.ts';

/** The schemas of the API, as the server describes them: a field that is renamed there breaks the build here. */
export type Schemas = components['schemas'];

/** A user as they see themselves. */
export type User = Schemas['User'];
/** What a user may do. */
export type Role = Schemas['Role'];
/** The answer to who logs in or registers: the token and its user. */
export type TokenData = Schemas['TokenData'];
/** A session of the studio, which takes place every day at the same time. */
export type StudioSession = Schemas['Session'];
/** The places of one session on one day. */
export type Availability = Schemas['Availability'];
/** A booking. */
export type Booking = Schemas['Booking'];
/** A booking; with its session where that was asked for. */
export type BookingWithSession = Schemas['BookingWithSession'];
/** Where a booking stands. */
export type BookingStatus = Schemas['BookingStatus'];
/** Where its payment stands. */
export type PaymentStatus = Schemas['PaymentStatus'];
/** What the simulated provider is to make of a payment. */
export type PaymentOutcome = Schemas['PaymentOutcome'];
/** A notification as the server keeps it. */
export type Notification = Schemas['Notification'];
/** What a notification is about. */
export type NotificationType = Schemas['NotificationKind'];
/** How an announcement is meant. */
export type NotificationLevel = Schemas['NotificationLevel'];
/** Where a page stands in its list. */
export type PageMeta = Schemas['PageMeta'];
/** What a browser has to know to connect. */
export type ClientConfig = Schemas['ClientConfig'];

/** Event: places of a session on one day were taken or given back. */
export type AvailabilityUpdated = Schemas['AvailabilityUpdated'];
/** Event: an administrator has changed how many places there are. */
export type CapacityUpdated = Schemas['CapacityUpdated'];
/** Event: a booking was made, or has another status. */
export type BookingStatusUpdated = Schemas['BookingStatusUpdated'];
/** Event: the payment of a booking has another status. */
export type PaymentStatusUpdated = Schemas['PaymentStatusUpdated'];
/** Event: something that everybody should know. */
export type SystemNotification = Schemas['SystemNotification'];

/** A calendar day, `YYYY-MM-DD`. */
export type CalendarDate = string;
