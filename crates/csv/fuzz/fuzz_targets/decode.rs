//! A text decodes to the same rows whole and in chunks, record by record and by its structure, as many as its survey says;
//! and so does a file of any encoding.
#![no_main]

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use flightstream_csv::{CsvProfile, Decoder, Ledger, LineStart, Malformed, Misfit, Transcoder};
use flightstream_csv_fuzz::{Choices, Input, chunks, placed, survey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: Input<'_>| {
    let Input { choices, text } = input;
    let pieces = chunks(text, &choices);
    let surveyed = survey(&choices.profile(), &[text]);
    assert_eq!(surveyed, survey(&choices.profile(), &pieces));
    let whole = decode(&surveyed.profile, &[text], 1000, 0).expect("the profile is that of a survey");
    assert_eq!(whole.1, surveyed.ledger);
    assert_eq!(whole.0.num_rows() as u64, whole.1.served);
    let batch_size = choices.batch_size();
    assert_eq!(Ok(whole), decode(&surveyed.profile, &pieces, batch_size, WINDOW_BYTES));

    let asked = choices.asked_profile();
    let whole = decode(&asked, &[text], 1000, WINDOW_BYTES);
    assert_eq!(whole, decode(&asked, &[text], batch_size, 0));
    assert_eq!(whole, decode(&asked, &pieces, batch_size, text.len()));

    let sizes: Vec<usize> = choices.pieces().take(text.len()).collect();
    assert_eq!(
        transcoded(&choices, text, &[text.len()]),
        transcoded(&choices, text, &sizes)
    );
});

/// A few records of most texts.
const WINDOW_BYTES: usize = 200;

/// All rows with their lineage, and the account of them.
fn decode(
    profile: &CsvProfile,
    chunks: &[&[u8]],
    batch_size: usize,
    window_bytes: usize,
) -> Result<(RecordBatch, Ledger), Misfit> {
    let all: Vec<usize> = (0..profile.wide_schema().fields().len()).collect();
    let decoder = Decoder::new(profile, Some(&all), batch_size).with_window_bytes(window_bytes);
    let (mut batches, mut ledger) = (Vec::new(), Ledger::default());
    for chunk in placed(chunks) {
        let decoded = decoder.decode(&chunk)?;
        batches.extend(decoder.renumbered(decoded.batches, ledger.counted()));
        ledger.add(decoded.ledger);
    }
    let fits = |batch: &RecordBatch| (1..=batch_size).contains(&batch.num_rows());
    assert!(batches.iter().all(fits));
    let rows = concat_batches(&decoder.schema(), &batches).expect("the batches have one schema");
    Ok((rows, ledger))
}

/// The text of a file that comes in pieces of these sizes, where its lines start and what is malformed in it.
fn transcoded(choices: &Choices, mut file: &[u8], sizes: &[usize]) -> (Vec<u8>, Vec<LineStart>, Malformed) {
    let mut transcoder = Transcoder::new(choices.encoding()).checked();
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    for &size in sizes {
        let (piece, rest) = file.split_at(file.len().min(size));
        transcoder.push_lines(piece, rest.is_empty(), &mut text, &mut lines);
        file = rest;
        if rest.is_empty() {
            break;
        }
    }
    (text, lines, transcoder.malformed().clone())
}
