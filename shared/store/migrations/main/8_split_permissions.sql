-- PIN_MESSAGES (1 << 51) and BYPASS_SLOWMODE (1 << 52) are permissions of their own, which before
-- came with MANAGE_MESSAGES (1 << 13), BYPASS_SLOWMODE with MANAGE_CHANNELS (1 << 4) too. Roles and
-- overwrites keep what they gave. One that takes MANAGE_MESSAGES takes BYPASS_SLOWMODE too, also from
-- those who had it by MANAGE_CHANNELS. What an overwrite says of the new ones already, counts.
UPDATE roles SET permissions = permissions | (1 << 51) | (1 << 52) WHERE permissions & (1 << 13);
UPDATE roles SET permissions = permissions | (1 << 52) WHERE permissions & (1 << 4);
UPDATE overwrites SET allow = allow | (1 << 51)
WHERE allow & (1 << 13) AND NOT (allow | deny) & (1 << 51);
UPDATE overwrites SET deny = deny | (1 << 51)
WHERE deny & (1 << 13) AND NOT (allow | deny) & (1 << 51);
UPDATE overwrites SET allow = allow | (1 << 52)
WHERE allow & ((1 << 13) | (1 << 4)) AND NOT (allow | deny) & (1 << 52);
UPDATE overwrites SET deny = deny | (1 << 52)
WHERE deny & (1 << 13) AND NOT (allow | deny) & (1 << 52);
