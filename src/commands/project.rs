//! Whether we are at home: inside this project, local folders override what is embedded.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The project's folder, if `working_folder` is it. Another project's `features/` is none of ours.
pub(super) fn project(working_folder: &Path) -> Option<PathBuf> {
    let manifest = fs::read_to_string(working_folder.join("Cargo.toml")).ok()?;
    let manifest: toml::Table = manifest.parse().ok()?;
    let name = manifest.get("package")?.get("name")?.as_str()?;
    (name == env!("CARGO_PKG_NAME")).then(|| working_folder.to_owned())
}

/// The folder `name` of the project, if there is one.
pub(super) fn local_folder(project: Option<&Path>, name: &str) -> Option<PathBuf> {
    project.map(|project| project.join(name)).filter(|folder| folder.is_dir())
}

/// Where output goes unless the user says otherwise.
pub(super) fn default_out(project: Option<&Path>) -> PathBuf {
    PathBuf::from(if project.is_some() { "target/conformance" } else { "conformance-out" })
}
