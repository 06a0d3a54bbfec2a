# The two commands of the README, and what they are made of.

BINARY := target/release/smartpay-conformance

# Just installed, Rust is in its own folder before it is in anybody's PATH.
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: run test check deny build setup

# Every scenario on the embedded sandbox. Arguments: make run ARGS="CARD-01 --headed"
# make says the run's own exit code ("Error 3") and itself ends with 2; scripts that need the code call the binary.
run: build
	@$(BINARY) run $(ARGS)

test: setup
	cargo test --locked

check:
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

deny:
	cargo deny --locked check

build: setup
	@cargo build --release --locked

setup:
	@scripts/setup
