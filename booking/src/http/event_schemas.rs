//! The payloads of events in the OpenAPI document: made of the types that are sent, so that front ends whose types come
//! from the document do not build when one of them changes.

use gema_broadcast::EVENT_ID;
use utoipa::{
    ToSchema,
    openapi::{
        Components, ObjectBuilder, RefOr,
        schema::{Schema, SchemaFormat, Type},
    },
};

use crate::events::{AvailabilityUpdated, BookingState, CapacityUpdated, SystemNotification};

/// Adds the schema of each event, under its name, and those that it refers to.
pub(crate) fn add(components: &mut Components) {
    add_event::<AvailabilityUpdated>(components, "AvailabilityUpdated");
    add_event::<CapacityUpdated>(components, "CapacityUpdated");
    add_event::<BookingState>(components, "BookingStatusUpdated");
    add_event::<BookingState>(components, "PaymentStatusUpdated");
    add_event::<SystemNotification>(components, "SystemNotification");
}

/// A payload as it arrives: what the type writes, and the id that [`Message::identified`] puts after it.
///
/// [`Message::identified`]: gema_broadcast::Message::identified
fn add_event<P: ToSchema>(components: &mut Components, name: &str) {
    let RefOr::T(Schema::Object(mut payload)) = P::schema() else {
        unreachable!("the outbox takes no payload but an object, so each is a struct with named fields")
    };
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .description(Some("Added by the outbox: the same when the event arrives a second time."));
    payload.properties.insert(EVENT_ID.to_owned(), RefOr::T(id.into()));
    payload.required.push(EVENT_ID.to_owned());
    components.schemas.insert(name.to_owned(), RefOr::T(Schema::Object(payload)));
    let mut named = Vec::new();
    P::schemas(&mut named);
    for (name, schema) in named {
        components.schemas.entry(name).or_insert(schema);
    }
}
