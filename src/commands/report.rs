//! `report`: the reports of a run again, or of several as one, from nothing but their journals.

use super::{
    Environment, Exit, ReportArgs,
    conclusion::{publish, refuse, unpublished},
    folder,
    output::print,
};
use crate::{
    journal,
    report::{Terminal, gather, sought, ticket},
    runner::{Merged, RunModel, merge},
};
use anyhow::{Context, bail};
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Carries out `report`.
pub(super) fn report(args: &ReportArgs, environment: &Environment) -> Exit {
    let terminal = Terminal::new(Box::new(io::stderr()), args.color.decide(environment.colour));
    if let Some(word) = &args.ticket {
        let written = read(&args.folders).and_then(|merged| write_ticket(args, &merged, word));
        return written.unwrap_or_else(|error| refuse(&error, Exit::Misconfigured, args.format));
    }
    match read(&args.folders).and_then(|merged| Ok((place(args, &merged)?, merged))) {
        Ok((out, merged)) => publish(&merged.model, &out, None, &terminal, args.format)
            .unwrap_or_else(|error| unpublished(&error, args.format)),
        Err(error) => refuse(&error, Exit::Misconfigured, args.format),
    }
}

fn read(folders: &[PathBuf]) -> anyhow::Result<Merged> {
    let mut runs = Vec::new();
    for (index, folder) in folders.iter().enumerate() {
        if folders[..index].iter().any(|other| same(other, folder)) {
            bail!("merge {} with itself; name each folder once", folder.display());
        }
        let entries = journal::read(folder)?;
        if entries.is_empty() {
            bail!("report on {}: its journal holds no event yet; run again with --out {0}", folder.display());
        }
        runs.push(RunModel::fold(&entries));
    }
    Ok(merge(runs)?)
}

/// Writes the ticket to the standard output or to a file that is not there yet: what is there may be somebody's.
fn write_ticket(args: &ReportArgs, merged: &Merged, word: &str) -> anyhow::Result<Exit> {
    let text = ticket(&merged.model, sought(&merged.model, word)?);
    match &args.out {
        None => print(text.trim_end())?,
        Some(path) => {
            let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
            written.with_context(|| format!("write the ticket to {}", path.display()))?;
        }
    }
    Ok(Exit::Conforming)
}

/// Where the reports go, with the evidence that they link to.
fn place(args: &ReportArgs, merged: &Merged) -> anyhow::Result<PathBuf> {
    let out = match (&args.out, &args.folders[..]) {
        (None, [folder]) => folder,
        (None, _) => bail!("report on several runs without a folder for it; name one with --out"),
        (Some(out), [folder]) if same(out, folder) => folder,
        (Some(out), _) => {
            folder::prepare_for_reports(out)?;
            gather(merged, &args.folders, out).context("copy evidence")?;
            out
        }
    };
    Ok(out.clone())
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
