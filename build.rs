//! Rebuilds when a file is added to a folder that is embedded in the binary: the compiler sees new content only.

fn main() {
    for folder in ["features", "snapshots"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
