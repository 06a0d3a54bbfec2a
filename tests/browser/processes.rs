//! Nothing is left running, however a run ends.

use crate::site::{Site, config, lease, with};
use smartpay_conformance::browser::{BrowserError, Driver, Pool, PoolConfig};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The living processes of a process group, zombies aside.
fn living(group: u32) -> Vec<String> {
    let stat = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
    let processes = std::fs::read_dir("/proc").unwrap().flatten().filter_map(stat);
    let in_group = |stat: &String| {
        // After the name in parentheses: state, parent, group.
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[0] != "Z" && fields[0] != "X" && fields[2] == group.to_string()
    };
    processes.filter(in_group).collect()
}

async fn ends(group: u32) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        if living(group).is_empty() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("{:#?}", living(group));
    false
}

#[test]
fn a_pool_that_is_shut_down_or_dropped_leaves_no_process_and_no_file() {
    with(async |site: &Site| {
        for how in ["shut down", "dropped", "dropped with a browser on loan"] {
            let pool = Pool::new(config());
            let mut browser = lease(&pool).await;
            browser.open(&site.url("shop", "shop")).await.unwrap();
            let group = pool.driver_process_id().await.unwrap();
            assert!(living(group).len() > 3);
            let home = format!("/proc/{group}/environ");
            let environ = std::fs::read(home).unwrap();
            let environ = String::from_utf8_lossy(&environ).into_owned();
            let home = environ.split('\0').find_map(|pair| pair.strip_prefix("HOME=")).unwrap().to_owned();
            assert!(std::path::Path::new(&home).exists());
            match how {
                "shut down" => {
                    browser.give_back(true);
                    pool.shutdown().await;
                }
                "dropped" => {
                    browser.give_back(true);
                    drop(pool);
                }
                _ => {
                    drop(pool);
                    drop(browser);
                }
            }
            assert!(ends(group).await, "{how}");
            let start = Instant::now();
            while std::path::Path::new(&home).exists() {
                assert!(start.elapsed() < Duration::from_secs(5), "{how}: {home} is left");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
}

#[test]
fn a_killed_process_leaves_no_browser() {
    with(async |_: &Site| {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::holds_a_browser_until_it_is_killed", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let group: u32 =
            lines.into_iter().find_map(|line| line.split_once("group ")?.1.trim().parse().ok()).expect("a group");
        assert!(living(group).len() > 3);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(ends(group).await);
    });
}

/// The victim of the test above.
#[test]
#[ignore = "runs until it is killed"]
fn holds_a_browser_until_it_is_killed() {
    with(async |_: &Site| {
        let pool = Pool::new(config());
        let _browser = lease(&pool).await;
        println!("group {}", pool.driver_process_id().await.unwrap());
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
}

#[test]
fn a_missing_driver_or_browser_is_said_and_leaves_nothing() {
    with(async |_: &Site| {
        let cases = [
            (
                PoolConfig { driver: Some("/nowhere/chromedriver".into()), ..config() },
                "install Chromium and its driver",
            ),
            (PoolConfig { driver: Some("/bin/false".into()), ..config() }, "ended before it listened"),
            (PoolConfig { browser: Some("/nowhere/chromium".into()), ..config() }, "no chrome binary at /nowhere"),
            (PoolConfig { webdriver: Some("http://127.0.0.1:1".parse().unwrap()), ..config() }, "refused a session"),
        ];
        for (config, part) in cases {
            let error = Pool::new(config).lease(None).await.unwrap_err();
            assert!(matches!(error, BrowserError::Unavailable(_)), "{error:?}");
            assert!(error.to_string().contains(part), "{error}");
        }
    });
}

#[test]
fn a_browser_that_dies_is_replaced() {
    with(async |site: &Site| {
        let pool = Pool::new(config());
        let mut browser = lease(&pool).await;
        let group = pool.driver_process_id().await.unwrap();
        let killed = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status().unwrap();
        assert!(killed.success());
        let error = browser.open(&site.url("shop", "done")).await.unwrap_err();
        assert!(matches!(error, BrowserError::Closed(_)), "{error:?}");
        browser.give_back(true);
        let mut browser = lease(&pool).await;
        browser.open(&site.url("shop", "done")).await.unwrap();
        browser.await_page(&["done"]).await.unwrap();
        browser.give_back(true);
        pool.shutdown().await;
    });
}

#[test]
fn a_loan_given_up_while_the_browser_starts_leaves_nothing() {
    with(async |_: &Site| {
        let pool = Pool::new(PoolConfig { size: 1, ..config() });
        for within in [1, 200] {
            let given_up = tokio::time::timeout(Duration::from_millis(within), pool.lease(None)).await;
            assert!(given_up.is_err());
        }
        lease(&pool).await.give_back(true);
        let group = pool.driver_process_id().await.unwrap();
        pool.shutdown().await;
        assert!(ends(group).await);
    });
}

#[test]
fn a_driver_that_runs_elsewhere_is_used_and_left_running() {
    with(async |site: &Site| {
        let mut driver = Driver::start("chromedriver".as_ref(), Duration::from_secs(20)).await.unwrap();
        let pool = Pool::new(PoolConfig { webdriver: Some(driver.url().parse().unwrap()), ..config() });
        let mut browser = lease(&pool).await;
        browser.open(&site.url("shop", "done")).await.unwrap();
        browser.await_page(&["done"]).await.unwrap();
        assert!(living(driver.process_id()).len() > 3);
        browser.give_back(true);
        pool.shutdown().await;
        let start = Instant::now();
        while living(driver.process_id()).len() > 1 {
            assert!(start.elapsed() < Duration::from_secs(5), "its browser was not ended with the pool");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(driver.is_alive());
        driver.stop();
    });
}
