//! The settings of a guild's channel, as a request that creates or edits one gives them.
//!
//! See [Discord Docs/Modify Channel](https://discord.com/developers/docs/resources/channel#modify-channel-json-params-guild-channel).

mod forum;

use model::Id;
use model::channel::{Channel, GuildChannel, kind};
use model::id::marker;
use model::limits::{CHANNEL_NAME_CHARS, CHANNEL_TOPIC_CHARS_MAX, SLOWMODE_SECS_MAX};
use model::permissions::Overwrite;
use model::text::{is_blank, trimmed};
use model::thread::ARCHIVE_MINUTES;
use runtime::{Cx, Error, Fields, Form, Result};

use crate::overwrites;
use forum::ForumFields;

/// The types of channels that requests may create.
pub const CREATABLE: &[i64] = &[0, 2, 4, 5, 13, 15, 16];

/// Bits a second in voice; here every guild has what a boost gives.
const BITRATE: std::ops::RangeInclusive<i64> = 8000..=384_000;
/// The bitrate of a new voice channel.
const BITRATE_DEFAULT: u32 = 64_000;
/// Members in a stage, at most.
const USER_LIMIT_MAX: i64 = 10_000;
/// Members in a voice channel that has a limit, at most.
const VOICE_USER_LIMIT_MAX: u32 = 99;
/// Characters of a forum's guidelines, which stand in its topic.
const FORUM_TOPIC_CHARS_MAX: usize = 4096;

/// What a request says about a channel. What it leaves out is `None`.
#[derive(Debug, Clone, Default)]
pub struct ChannelFields {
    /// The name as it was given, without what cannot be seen at its ends.
    pub name: Option<String>,
    /// The type, see [`kind`].
    pub kind: Option<u8>,
    /// The place among the channels of the guild.
    pub position: Option<i32>,
    /// The category; the inner `None` puts the channel out of its own.
    pub parent_id: Option<Option<Id<marker::Channel>>>,
    /// All overwrites.
    pub overwrites: Option<Vec<Overwrite>>,
    /// Flags.
    pub flags: Option<i64>,
    topic: Option<Option<String>>,
    nsfw: Option<bool>,
    rate_limit_per_user: Option<u32>,
    bitrate: Option<u32>,
    user_limit: Option<u32>,
    rtc_region: Option<Option<String>>,
    video_quality_mode: Option<u8>,
    default_auto_archive_duration: Option<u32>,
    forum: ForumFields,
}

impl Form for ChannelFields {
    fn read(fields: &mut Fields<'_>) -> Self {
        let number = |number: i64| number as u32;
        Self {
            name: fields.name("name", CHANNEL_NAME_CHARS),
            kind: fields.choice("type", CREATABLE).map(|kind| kind as u8),
            position: fields
                .int("position", 0..=i64::from(i32::MAX))
                .map(|place| place as i32),
            parent_id: fields.nullable("parent_id"),
            overwrites: overwrites::read(fields),
            flags: fields.get("flags"),
            topic: fields.nullable_text("topic", 0..=FORUM_TOPIC_CHARS_MAX),
            nsfw: fields.get("nsfw"),
            rate_limit_per_user: fields
                .int("rate_limit_per_user", 0..=SLOWMODE_SECS_MAX)
                .map(number),
            bitrate: fields.int("bitrate", BITRATE).map(number),
            user_limit: fields.int("user_limit", 0..=USER_LIMIT_MAX).map(number),
            rtc_region: fields.nullable_text("rtc_region", 0..=100),
            video_quality_mode: fields
                .choice("video_quality_mode", &[1, 2])
                .map(|mode| mode as u8),
            default_auto_archive_duration: fields
                .choice("default_auto_archive_duration", ARCHIVE_MINUTES)
                .map(number),
            forum: ForumFields::read(fields),
        }
    }
}

impl ChannelFields {
    /// Writes the fields that the channel's type has into a channel of a guild. Its category and
    /// its overwrites are for the caller to check and set.
    ///
    /// # Errors
    /// Code 50035 for a name of which nothing is left, for too long a topic, and for a limit that
    /// only a stage can have.
    pub fn apply(self, cx: &Cx, channel: &mut Channel) -> Result<()> {
        let kind = channel.kind;
        let Some(guild) = &mut channel.guild else {
            return Ok(());
        };
        if let Some(name) = self.name {
            guild.name = channel_name(kind, &name)?;
        }
        set(&mut guild.position, self.position);
        if kind == kind::CATEGORY {
            return Ok(());
        }
        set(&mut guild.nsfw, self.nsfw);
        set(&mut guild.rate_limit_per_user, self.rate_limit_per_user);
        match kind {
            kind::VOICE | kind::STAGE => {
                set(&mut guild.bitrate, self.bitrate.map(Some));
                let limit = checked_user_limit(kind, self.user_limit)?;
                set(&mut guild.user_limit, limit.map(Some));
                set(&mut guild.rtc_region, self.rtc_region.map(Some));
                set(
                    &mut guild.video_quality_mode,
                    self.video_quality_mode.map(Some),
                );
            }
            _ => {
                set(&mut guild.topic, checked_topic(kind, self.topic)?);
                let archive = self.default_auto_archive_duration.map(Some);
                set(&mut guild.default_auto_archive_duration, archive);
                self.forum.apply(cx, kind, &mut guild.settings);
                set(
                    &mut channel.flags,
                    self.flags.map(|flags| flags & forum::FLAGS),
                );
            }
        }
        Ok(())
    }
}

/// A new channel of a guild with the defaults of its type, without a name.
pub fn new_channel(id: Id<marker::Channel>, guild: Id<marker::Guild>, kind: u8) -> Channel {
    let voice = matches!(kind, kind::VOICE | kind::STAGE);
    let guild = GuildChannel {
        guild_id: guild,
        name: String::new(),
        position: 0,
        parent_id: None,
        topic: None,
        nsfw: false,
        rate_limit_per_user: 0,
        permission_overwrites: Vec::new(),
        bitrate: voice.then_some(BITRATE_DEFAULT),
        user_limit: voice.then_some(0),
        rtc_region: voice.then_some(None),
        video_quality_mode: None,
        default_auto_archive_duration: None,
        thread: None,
        settings: forum::defaults(kind),
    };
    Channel {
        id,
        kind,
        flags: 0,
        last_message_id: None,
        last_pin_timestamp: None,
        guild: Some(guild),
        private: None,
    }
}

/// A channel's name as its type has it: channels for text are written in lower case, with hyphens
/// for spaces and without the punctuation that mentions and links are made of.
///
/// # Errors
/// Code 50035 when nothing is left.
pub fn channel_name(kind: u8, name: &str) -> Result<String> {
    let name = match kind {
        kind::VOICE | kind::STAGE | kind::CATEGORY => trimmed(name).to_owned(),
        _ => hyphenated(trimmed(name)),
    };
    if is_blank(&name) {
        let message = "Must be between 1 and 100 in length.";
        return Err(Error::field(&["name"], "BASE_TYPE_BAD_LENGTH", message));
    }
    Ok(name)
}

fn hyphenated(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    for char in name.chars().flat_map(char::to_lowercase) {
        match char {
            '-' | ' ' if written.is_empty() || written.ends_with('-') => {}
            _ if char.is_whitespace() => written.push('-'),
            '-' | '_' => written.push(char),
            _ if char.is_ascii_punctuation() || char.is_control() => {}
            _ => written.push(char),
        }
    }
    written.truncate(written.trim_end_matches('-').len());
    written
}

fn checked_user_limit(kind: u8, limit: Option<u32>) -> Result<Option<u32>> {
    if kind == kind::VOICE && limit.is_some_and(|limit| limit > VOICE_USER_LIMIT_MAX) {
        let message = format!("int value should be less than or equal to {VOICE_USER_LIMIT_MAX}.");
        return Err(Error::field(&["user_limit"], "NUMBER_TYPE_MAX", message));
    }
    Ok(limit)
}

fn checked_topic(kind: u8, topic: Option<Option<String>>) -> Result<Option<Option<String>>> {
    let forum = matches!(kind, kind::FORUM | kind::MEDIA);
    let long = |topic: &String| topic.chars().count() > CHANNEL_TOPIC_CHARS_MAX;
    if !forum && topic.iter().flatten().any(long) {
        let message = format!("Must be {CHANNEL_TOPIC_CHARS_MAX} or fewer in length.");
        return Err(Error::field(&["topic"], "BASE_TYPE_MAX_LENGTH", message));
    }
    // An empty topic is none.
    Ok(topic.map(|topic| topic.filter(|topic| !topic.is_empty())))
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_room_for_more_than_a_voice_channel() {
        assert!(checked_user_limit(kind::VOICE, Some(99)).is_ok());
        assert!(checked_user_limit(kind::VOICE, Some(100)).is_err());
        assert!(checked_user_limit(kind::STAGE, Some(10_000)).is_ok());
    }

    #[test]
    fn names_for_text_are_hyphenated() {
        for (given, written) in [
            ("General", "general"),
            ("Off Topic!", "off-topic"),
            ("  a --  b  ", "a-b"),
            ("snake_case", "snake_case"),
            ("ÄRGER 日本", "ärger-日本"),
            ("🔥 hot", "🔥-hot"),
        ] {
            assert_eq!(channel_name(kind::TEXT, given).unwrap(), written);
        }
        assert!(channel_name(kind::TEXT, "#!").is_err());
        assert!(channel_name(kind::VOICE, "\u{200b}").is_err());
        assert_eq!(channel_name(kind::VOICE, " A B ").unwrap(), "A B");
    }
}
