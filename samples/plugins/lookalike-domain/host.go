//go:build wasip1

package main

// The interface to Switchboard (docs/reference/wasm-interface.md). Copy this file to start a plugin of your own.

import (
	"encoding/json"
	"unsafe"
)

//go:wasmimport switchboard call
func hostCall(method unsafe.Pointer, methodLen uint32, args unsafe.Pointer, argsLen uint32) int32

//go:wasmimport switchboard answer
func hostAnswer(to unsafe.Pointer, length uint32) uint32

//go:wasmimport switchboard log
func hostLog(stream int32, line unsafe.Pointer, length uint32)

//go:wasmimport switchboard fail
func hostFail(message unsafe.Pointer, length uint32)

//go:wasmimport switchboard fail_with_refusal
func hostFailWithRefusal()

// What the host reads or writes must not be collected before it has.
var input, output []byte

// call performs a method of the plugin's api and waits for its answer, which it decodes into answer. A refusal is returned.
func call(method string, args any, answer any) *refusal {
	text, err := json.Marshal(args)
	if err != nil {
		fail(err.Error())
	}
	name := []byte(method)
	length := hostCall(pointer(name), uint32(len(name)), pointer(text), uint32(len(text)))
	size := length
	if size < 0 {
		size = -size
	}
	said := make([]byte, size)
	hostAnswer(pointer(said), uint32(size))
	if length < 0 {
		refused := &refusal{}
		_ = json.Unmarshal(said, refused)
		return refused
	}
	if err := json.Unmarshal(said, answer); err != nil {
		fail(method + " answered something else: " + err.Error())
	}
	return nil
}

// logLine writes a line to the log of the run.
func logLine(line string) {
	bytes := []byte(line)
	hostLog(0, pointer(bytes), uint32(len(bytes)))
}

// fail ends the run as failed.
func fail(message string) {
	bytes := []byte(message)
	hostFail(pointer(bytes), uint32(len(bytes)))
}

func pointer(bytes []byte) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(bytes))
}

//go:wasmexport switchboard_abi_version
func abiVersion() int32 { return 1 }

//go:wasmexport switchboard_alloc
func alloc(length uint32) unsafe.Pointer {
	input = make([]byte, max(length, 1))
	return pointer(input)
}

//go:wasmexport run
func run(_ unsafe.Pointer, length uint32) int64 {
	asked := request{}
	if err := json.Unmarshal(input[:length], &asked); err != nil {
		fail("the input is not what the manifest says: " + err.Error())
	}
	result, refused := compare(asked, broker{call: call, log: logLine})
	if refused != nil {
		hostFailWithRefusal()
	}
	output, _ = json.Marshal(result)
	return int64(uintptr(pointer(output)))<<32 | int64(len(output))
}

// A library needs one, and nobody calls it.
func main() {}
