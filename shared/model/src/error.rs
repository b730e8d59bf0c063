//! Discord's error codes: the one place that knows a code's number, HTTP status and message.
//!
//! See [Discord Docs/JSON Error Codes](https://discord.com/developers/docs/topics/opcodes-and-status-codes#json).

use std::fmt;

/// The header `Via` of answers with status 429. discord.py and its kin take one without for a ban
/// by a proxy before Discord, and do not try again.
pub const VIA: &str = "1.1 spacebar";

macro_rules! codes {
    ($($number:literal $status:literal $name:ident $message:literal)*) => {
        /// An error that a client may be told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the message beside each code is its documentation")]
        pub enum Code {
            $(#[doc = $message] $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Discord's number; 0 for the general errors of HTTP itself.
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)* }
            }

            /// The HTTP status it is sent with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Discord's sentence for it.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

codes! {
    0 400 BadRequest "400: Bad Request"
    0 401 Unauthorized "401: Unauthorized"
    0 403 Forbidden "403: Forbidden"
    0 404 NotFound "404: Not Found"
    0 405 MethodNotAllowed "405: Method Not Allowed"
    0 411 LengthRequired "411: Length Required"
    0 413 PayloadTooLarge "413: Payload Too Large"
    0 415 UnsupportedMediaType "415: Unsupported Media Type"
    0 416 RangeNotSatisfiable "416: Range Not Satisfiable"
    0 429 RateLimited "You are being rate limited."
    0 500 InternalServerError "500: Internal Server Error"
    0 503 ServiceUnavailable "503: Service Unavailable"
    10001 404 UnknownAccount "Unknown account"
    10002 404 UnknownApplication "Unknown Application"
    10003 404 UnknownChannel "Unknown Channel"
    10004 404 UnknownGuild "Unknown Guild"
    10005 404 UnknownIntegration "Unknown Integration"
    10006 404 UnknownInvite "Unknown Invite"
    10007 404 UnknownMember "Unknown Member"
    10008 404 UnknownMessage "Unknown Message"
    10009 404 UnknownOverwrite "Unknown permission overwrite"
    10011 404 UnknownRole "Unknown Role"
    10012 404 UnknownToken "Unknown token"
    10013 404 UnknownUser "Unknown User"
    10014 404 UnknownEmoji "Unknown Emoji"
    10015 404 UnknownWebhook "Unknown Webhook"
    10020 404 UnknownSession "Unknown session"
    10026 404 UnknownBan "Unknown Ban"
    10057 404 UnknownGuildTemplate "Unknown guild template"
    10060 404 UnknownSticker "Unknown sticker"
    10087 404 UnknownTag "Unknown tag"
    20001 403 BotsNotAllowed "Bots cannot use this endpoint"
    20002 403 OnlyBotsAllowed "Only bots can use this endpoint"
    20012 403 NotApplicationOwner "You are not authorized to perform this action on this application"
    20013 403 AccountDisabled "This account is disabled"
    20016 429 SlowmodeRateLimited "This action cannot be performed due to slowmode rate limit"
    20028 429 ChannelWriteRateLimited "The channel you are writing has hit the write rate limit."
    30001 400 TooManyGuilds "Maximum number of guilds reached (100)"
    30002 400 TooManyFriends "Maximum number of friends reached (1000)"
    30003 400 TooManyPins "Maximum number of pins reached for the channel (50)"
    30004 400 TooManyRecipients "Maximum number of recipients reached (10)"
    30005 400 TooManyRoles "Maximum number of guild roles reached (250)"
    30008 400 TooManyEmojis "Maximum number of emojis reached (50)"
    30010 400 TooManyReactions "Maximum number of reactions reached (20)"
    30011 400 TooManyGroupChannels "Maximum number of group DMs reached (10)"
    30013 400 TooManyChannels "Maximum number of guild channels reached (500)"
    30015 400 TooManyAttachments "Maximum number of attachments in a message reached (10)"
    30016 400 TooManyInvites "Maximum number of invites reached (1000)"
    30019 400 TooManyMembers "Maximum number of server members reached"
    30033 400 TooManyThreadMembers "Maximum number of thread participants has been reached (1000)"
    30035 400 TooManyBans "Maximum number of bans for non-guild members have been exceeded"
    30060 400 TooManyOverwrites "Maximum number of permission overwrites reached (1000)"
    40001 401 UnauthorizedTryAgain "Unauthorized. Provide a valid token and try again"
    40002 403 VerifyAccount "You need to verify your account in order to perform this action"
    40003 429 OpeningDirectMessagesTooFast "You are opening direct messages too fast"
    40005 413 RequestTooLarge "Request entity too large. Try sending something smaller in size"
    40006 400 FeatureDisabled "This feature has been temporarily disabled server-side"
    40007 403 BannedFromGuild "The user is banned from this guild"
    40032 400 NotInVoice "Target user is not connected to voice"
    40033 400 AlreadyCrossposted "This message has already been crossposted"
    40060 400 AlreadyAcknowledged "Interaction has already been acknowledged"
    40067 400 TagRequired "A tag is required to create a forum post in this channel"
    50001 403 MissingAccess "Missing Access"
    50002 400 InvalidAccountType "Invalid account type"
    50003 403 CannotExecuteOnDm "Cannot execute action on a DM channel"
    50004 403 WidgetDisabled "Guild widget disabled"
    50005 403 CannotEditOthersMessage "Cannot edit a message authored by another user"
    50006 400 EmptyMessage "Cannot send an empty message"
    50007 403 CannotMessageUser "Cannot send messages to this user"
    50008 400 CannotSendInThisChannel "Cannot send messages in a non-text channel"
    50009 403 VerificationLevelTooHigh "Channel verification level is too high for you to gain access"
    50010 400 ApplicationHasNoBot "OAuth2 application does not have a bot"
    50011 400 TooManyApplications "OAuth2 application limit reached"
    50013 403 MissingPermissions "Missing Permissions"
    50014 401 InvalidToken "Invalid authentication token provided"
    50015 400 NoteTooLong "Note was too long"
    50016 400 BulkDeleteCount "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete"
    50019 400 PinInOtherChannel "A message can only be pinned to the channel it was sent in"
    50020 400 InvalidInviteCode "Invite code was either invalid or taken"
    50021 403 CannotExecuteOnSystemMessage "Cannot execute action on a system message"
    50024 400 CannotExecuteOnChannelType "Cannot execute action on this channel type"
    50025 401 InvalidOauthToken "Invalid OAuth2 access token provided"
    50027 401 InvalidWebhookToken "Invalid webhook token provided"
    50028 400 InvalidRole "Invalid role"
    50033 400 InvalidRecipients "Invalid Recipient(s)"
    50034 400 MessageTooOldToBulkDelete "A message provided was too old to bulk delete"
    50035 400 InvalidFormBody "Invalid Form Body"
    50036 403 InviteToGuildWithoutBot "An invite was accepted to a guild the application's bot is not in"
    50041 400 InvalidApiVersion "Invalid API version provided"
    50045 400 FileTooLarge "File uploaded exceeds the maximum size"
    50046 400 InvalidFile "Invalid file uploaded"
    50055 400 InvalidGuild "Invalid Guild"
    50068 400 InvalidMessageType "Invalid message type"
    50074 400 RequiredByCommunity "Cannot delete a channel required for Community guilds"
    50083 400 ThreadArchived "Tried to perform an operation on an archived thread, such as editing a message or adding a user to the thread"
    50101 403 BoostRequired "This server needs more boosts to perform this action"
    50109 400 InvalidJson "The request body contains invalid JSON."
    50138 400 CannotResizeBelowMaximum "Failed to resize asset below the maximum size"
    50144 403 CannotMixRoles "Cannot mix subscription and non subscription roles for an emoji"
    50178 403 UserNotInGuild "The user must be a member of the guild"
    50278 403 NoMutualGuilds "Cannot send messages to this user due to having no mutual guilds"
    60001 400 MfaAlreadyEnabled "This account is already enrolled in two-factor authentication"
    60002 400 MfaNotEnabled "This account is not enrolled in two-factor authentication"
    60003 401 MfaRequired "Two factor is required for this operation"
    60005 400 InvalidMfaSecret "Invalid two-factor secret"
    60006 400 InvalidMfaTicket "Invalid two-factor auth ticket"
    60008 400 InvalidMfaCode "Invalid two-factor code"
    80000 400 FriendRequestsDisabled "Incoming friend requests disabled."
    80001 400 FriendRequestBlocked "Friend request blocked."
    80002 400 BotsHaveNoFriends "Bots cannot have incoming or outgoing friend requests."
    80003 400 CannotFriendSelf "Cannot send friend request to self."
    80004 400 NoSuchTag "No users with DiscordTag exist"
    80007 400 AlreadyFriends "You are already friends with that user."
    90001 403 ReactionBlocked "Reaction was blocked"
    130000 503 Overloaded "API resource is currently overloaded. Try again a little later"
    500000 400 FailedToBan "Failed to ban users"
    160004 400 ThreadExists "A thread has already been created for this message"
    160005 400 ThreadLocked "Thread is locked"
    160006 400 TooManyThreads "Maximum number of active threads reached"
    160002 400 CannotReplyWithoutHistory "Cannot reply without permission to read message history"
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Code {}
