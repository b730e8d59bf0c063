//! Member lists as a client keeps them: rows with holes, changed by ops, as Discord's own does.

use std::collections::BTreeMap;

use serde_json::Value;

/// One list.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct List {
    /// The rows; `None` for those that the client does not know.
    pub rows: Vec<Option<Value>>,
    /// The groups with their sizes.
    pub groups: Vec<(String, usize)>,
    /// Members of the guild.
    pub members: u64,
    /// Members of the guild who are online.
    pub online: u64,
}

impl List {
    fn apply(&mut self, op: &Value) {
        let index = op["index"].as_u64().map(|index| index as usize);
        let range = || {
            let bound = |i: usize| op["range"][i].as_u64().unwrap() as usize;
            (bound(0), bound(1))
        };
        match op["op"].as_str().unwrap() {
            "SYNC" => {
                for (i, item) in (range().0..).zip(op["items"].as_array().unwrap()) {
                    self.set(i, row(item));
                }
            }
            "INVALIDATE" => {
                for i in range().0..=range().1.min(self.rows.len().saturating_sub(1)) {
                    self.rows[i] = None;
                }
            }
            "INSERT" => {
                let index = index.unwrap();
                if self.rows.len() < index {
                    self.rows.resize(index, None);
                }
                self.rows.insert(index, Some(row(&op["item"])));
            }
            "UPDATE" => self.set(index.unwrap(), row(&op["item"])),
            "DELETE" => {
                let index = index.unwrap();
                let known = self.rows.get(index).is_some_and(Option::is_some);
                assert!(known, "only known rows are deleted: {op}");
                self.rows.remove(index);
            }
            other => panic!("{other}"),
        }
    }

    fn set(&mut self, index: usize, row: Value) {
        if self.rows.len() <= index {
            self.rows.resize(index + 1, None);
        }
        self.rows[index] = Some(row);
    }

    /// What a row shows: a group's id or a user's.
    pub fn shows(&self, first: usize, last: usize) -> Vec<Option<String>> {
        let rows = self.rows.iter().skip(first).take(last + 1 - first);
        rows.map(|row| {
            let row = row.as_ref()?;
            let id = row["group"]
                .as_str()
                .or(row["member"]["user"]["id"].as_str());
            Some(id.unwrap().to_owned())
        })
        .collect()
    }
}

/// A heading without its count, which `groups` tells, or a member.
fn row(item: &Value) -> Value {
    match item["group"]["id"].as_str() {
        Some(group) => serde_json::json!({"group": group}),
        None => item.clone(),
    }
}

/// All lists of one guild, by their ids.
#[derive(Debug, Default)]
pub struct Lists(pub BTreeMap<String, List>);

impl Lists {
    /// Takes the `d` of a GUILD_MEMBER_LIST_UPDATE.
    pub fn update(&mut self, d: &Value) {
        let list = self
            .0
            .entry(d["id"].as_str().unwrap().to_owned())
            .or_default();
        for op in d["ops"].as_array().unwrap() {
            list.apply(op);
        }
        let groups = d["groups"].as_array().unwrap().iter();
        list.groups = groups
            .map(|group| {
                let id = group["id"].as_str().unwrap().to_owned();
                (id, group["count"].as_u64().unwrap() as usize)
            })
            .collect();
        let rows = list.groups.iter().map(|(_, count)| count + 1).sum();
        list.rows.resize(rows, None);
        list.members = d["member_count"].as_u64().unwrap();
        list.online = d["online_count"].as_u64().unwrap();
    }

    /// The lists that some updates make.
    pub fn of(updates: &[Value]) -> Self {
        let mut lists = Self::default();
        for update in updates {
            lists.update(update);
        }
        lists
    }
}
