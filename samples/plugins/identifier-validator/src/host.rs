//! The interface to Switchboard (docs/reference/wasm-interface.md). Copy this file to start a plugin of your own.

use crate::json::{parse, Value};

#[cfg(target_arch = "wasm32")]
mod imports {
    #[link(wasm_import_module = "switchboard")]
    extern "C" {
        pub fn call(method: *const u8, method_len: usize, args: *const u8, args_len: usize) -> i32;
        pub fn answer(to: *mut u8, len: usize) -> usize;
        pub fn fail(message: *const u8, len: usize);
        pub fn fail_with_refusal();
        pub fn log(stream: i32, line: *const u8, len: usize);
    }
}

// For `cargo test` on the machine that builds: there is no host there, and no test calls one.
#[cfg(not(target_arch = "wasm32"))]
mod imports {
    pub unsafe fn call(_: *const u8, _: usize, _: *const u8, _: usize) -> i32 {
        unimplemented!()
    }
    pub unsafe fn answer(_: *mut u8, _: usize) -> usize {
        unimplemented!()
    }
    pub unsafe fn fail(_: *const u8, _: usize) {}
    pub unsafe fn fail_with_refusal() {}
    pub unsafe fn log(_: i32, _: *const u8, _: usize) {}
}

/// Why a call was refused: `code` is such as `CapabilityDenied`.
pub struct Refusal {
    pub code: String,
}

/// Calls a method of the plugin's api and waits for its answer.
pub fn call(method: &str, args: &Value) -> Result<Value, Refusal> {
    let args = args.to_json();
    let length = unsafe { imports::call(method.as_ptr(), method.len(), args.as_ptr(), args.len()) };
    let mut bytes = vec![0; length.unsigned_abs() as usize];
    let copied = unsafe { imports::answer(bytes.as_mut_ptr(), bytes.len()) };
    bytes.truncate(copied);
    let said = String::from_utf8(bytes)
        .ok()
        .and_then(|text| parse(&text).ok())
        .unwrap_or(Value::Null);
    if length >= 0 {
        return Ok(said);
    }
    let code = said
        .get("code")
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_string();
    Err(Refusal { code })
}

/// A line for the log of the run.
pub fn log(line: &str) {
    unsafe { imports::log(0, line.as_ptr(), line.len()) }
}

/// Ends the run as failed.
pub fn fail(message: &str) -> ! {
    unsafe { imports::fail(message.as_ptr(), message.len()) }
    unreachable!()
}

/// Ends the run as the refusal of the last call.
pub fn fail_with_refusal() -> ! {
    unsafe { imports::fail_with_refusal() }
    unreachable!()
}

#[no_mangle]
pub extern "C" fn switchboard_abi_version() -> i32 {
    1
}

#[no_mangle]
pub extern "C" fn switchboard_alloc(len: usize) -> *mut u8 {
    let mut room = Vec::<u8>::with_capacity(len.max(1));
    let pointer = room.as_mut_ptr();
    std::mem::forget(room);
    pointer
}

/// # Safety
/// The host passes what `switchboard_alloc` gave, filled.
#[no_mangle]
pub unsafe extern "C" fn run(pointer: *const u8, len: usize) -> u64 {
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        imports::fail(message.as_ptr(), message.len());
    }));
    let input = std::slice::from_raw_parts(pointer, len);
    let input = match std::str::from_utf8(input)
        .ok()
        .and_then(|text| parse(text).ok())
    {
        Some(input) => input,
        None => fail("The input is not JSON."),
    };
    let result = crate::validate(&input)
        .to_json()
        .into_bytes()
        .into_boxed_slice();
    let (pointer, len) = (result.as_ptr() as u64, result.len() as u64);
    std::mem::forget(result);
    pointer << 32 | len
}
