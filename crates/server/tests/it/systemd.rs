//! The server as a service of systemd: what it tells the service manager.

use std::os::unix::net::UnixDatagram;

use gema_testkit::PATIENCE;

use crate::process::{Process, directory, gema};

fn received(manager: &UnixDatagram) -> String {
    let mut buffer = [0; 1024];
    let length = manager.recv(&mut buffer).expect("the service tells something");
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

/// The next message that is another one than this.
fn received_after(manager: &UnixDatagram, other: &str) -> String {
    loop {
        let message = received(manager);
        if message != other {
            return message;
        }
    }
}

#[test]
fn the_service_manager_is_told_when_the_server_listens_lives_reloads_and_ends() {
    let directory = directory();
    let path = directory.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = gema(&directory, &["start", "--port", "0"]);
    let mut process = Process::spawn(command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "10000000"));
    let address = process.address();
    let ready = received(&manager);
    assert_eq!(ready, format!("READY=1\nSTATUS=Listening on {address}\n"));
    assert!(std::net::TcpStream::connect(address).is_ok());
    assert_eq!(received(&manager), "WATCHDOG=1\n");
    process.signal("HUP");
    let reloading = received_after(&manager, "WATCHDOG=1\n");
    let time =
        reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap_or_else(|| panic!("{reloading}"));
    assert!(time.trim_end().parse::<u64>().is_ok(), "{reloading}");
    assert_eq!(received_after(&manager, "WATCHDOG=1\n"), ready);
    process.signal("TERM");
    assert_eq!(received_after(&manager, "WATCHDOG=1\n"), "STOPPING=1\nSTATUS=Closing connections\n");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn a_service_manager_that_is_gone_is_a_warning_and_no_end() {
    let directory = directory();
    let mut command = gema(&directory, &["start", "--port", "0"]);
    let mut process = Process::spawn(command.env("NOTIFY_SOCKET", directory.path().join("nobody")));
    process.address();
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("NOTIFY_SOCKET"), "{log}");
}
