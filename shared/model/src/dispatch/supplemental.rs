//! READY_SUPPLEMENTAL: what clients may begin without.

use serde::Serialize;

use super::{MergedMember, MergedPresences};
use crate::Id;
use crate::event::{VoiceStateUpdate, payloads};
use crate::id::marker;

/// READY_SUPPLEMENTAL, for clients that announce that they read it.
///
/// See [Userdoccers/Ready Supplemental](https://docs.discord.food/topics/gateway-events#ready-supplemental).
#[derive(Debug, Serialize)]
pub struct ReadySupplemental<'a> {
    /// The guilds, in the order of READY.
    pub guilds: Vec<SupplementalGuild<'a>>,
    /// Other members that are known from the beginning, in that order.
    pub merged_members: Vec<Vec<MergedMember<'a>>>,
    /// The presences of friends.
    pub merged_presences: MergedPresences<'a>,
    /// READY has them all.
    pub lazy_private_channels: [(); 0],
    /// Nothing.
    pub disclose: [(); 0],
    /// Nothing.
    pub game_invites: [(); 0],
}

payloads!(of ReadySupplemental<'a>);

/// A guild in READY_SUPPLEMENTAL.
#[derive(Debug, Serialize)]
pub struct SupplementalGuild<'a> {
    /// The guild.
    pub id: Id<marker::Guild>,
    /// What it has, if it answered in time.
    #[serde(flatten)]
    pub live: Option<SupplementalLive<'a>>,
}

/// What goes on in a guild when a session begins.
#[derive(Debug, Serialize)]
pub struct SupplementalLive<'a> {
    /// Who is in the voice channels that are seen.
    pub voice_states: &'a [VoiceStateUpdate<'static>],
    /// None exist here yet.
    pub activity_instances: [(); 0],
}
