//! What was measured, as a table and as JSON.

use anyhow::Result;
use serde_json::{Value, json};

/// One side's round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Completed.
    pub count: usize,
    /// Completed a second.
    pub rate: f64,
    /// The median of their latencies, in milliseconds.
    pub p50_ms: f64,
    /// The latency that one in a hundred exceeds, in milliseconds.
    pub p99_ms: f64,
}

impl Round {
    /// The round of these latencies, in microseconds, within `seconds`.
    pub fn new(mut latencies_us: Vec<u64>, seconds: f64) -> Self {
        latencies_us.sort_unstable();
        let at = |share: f64| {
            let index = (latencies_us.len() as f64 * share) as usize;
            latencies_us
                .get(index)
                .map_or(f64::NAN, |us| *us as f64 / 1000.0)
        };
        let count = latencies_us.len();
        Self {
            count,
            rate: count as f64 / seconds,
            p50_ms: at(0.5),
            p99_ms: at(0.99),
        }
    }
}

/// All rows so far.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<Value>,
}

impl Report {
    /// A figure without a bound.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str) {
        println!("{name:<48} {value:>10.1} {unit}");
        self.rows
            .push(json!({ "name": name, "value": value, "unit": unit }));
    }

    /// A measure with its bound, from pairs of rounds.
    pub fn compare(&mut self, name: &str, unit: &str, rounds: &[(Round, Round)]) {
        let pick = |read: fn(&(Round, Round)) -> f64| spread(rounds.iter().map(read).collect());
        let (low, ratio, high) = pick(|(ours, bound)| ours.rate / bound.rate);
        let row = json!({
            "name": name,
            "unit": unit,
            "ratio": ratio,
            "ratio_low": low,
            "ratio_high": high,
            "ours": pick(|(ours, _)| ours.rate).1,
            "bound": pick(|(_, bound)| bound.rate).1,
            "ours_p50_ms": pick(|(ours, _)| ours.p50_ms).1,
            "ours_p99_ms": pick(|(ours, _)| ours.p99_ms).1,
            "bound_p50_ms": pick(|(_, bound)| bound.p50_ms).1,
            "bound_p99_ms": pick(|(_, bound)| bound.p99_ms).1,
        });
        println!("{name:<48} {ratio:>10.3} of the bound");
        self.rows.push(row);
    }

    /// The whole table.
    pub fn print(&self) {
        println!(
            "\n{:<34} {:>7} {:>15} {:>9} {:>9} {:>13} {:>13}",
            "measure",
            "ratio",
            "(low to high)",
            "ours/s",
            "bound/s",
            "ours p50/p99",
            "bound p50/p99"
        );
        for row in self.rows.iter().filter(|row| row["ratio"].is_number()) {
            let number = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
            println!(
                "{:<34} {:>7.3} {:>7.3}-{:<7.3} {:>9.0} {:>9.0} {:>6.1}/{:<6.1} {:>6.1}/{:<6.1}",
                row["name"].as_str().unwrap_or_default(),
                number("ratio"),
                number("ratio_low"),
                number("ratio_high"),
                number("ours"),
                number("bound"),
                number("ours_p50_ms"),
                number("ours_p99_ms"),
                number("bound_p50_ms"),
                number("bound_p99_ms"),
            );
        }
    }

    /// The rows as JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &str) -> Result<()> {
        Ok(std::fs::write(
            path,
            format!("{:#}\n", Value::from(self.rows.clone())),
        )?)
    }
}

/// The median.
pub fn median(values: Vec<f64>) -> f64 {
    spread(values).1
}

/// The least, the median and the greatest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    (
        at(0),
        at(values.len() / 2),
        at(values.len().saturating_sub(1)),
    )
}
