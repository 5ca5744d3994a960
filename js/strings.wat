;; Makes a JavaScript string of a text in memory, which is UTF-8, by the string builtins that engines have for WebAssembly.
;; A TextDecoder does it five times as fast per byte of ASCII, needs 150 ns to begin with, and is slower beyond ASCII.
(module
  (type $units (array (mut i16)))
  (import "wasm:js-string" "fromCharCodeArray"
    (func $string (param (ref null $units) i32 i32) (result (ref extern))))
  (import "core" "memory" (memory 1))
  ;; As many as `LONGEST` in core.ts says.
  (global $all (ref $units) (array.new $units (i32.const 0) (i32.const 4096)))
  (func (export "make") (param $at i32) (param $length i32) (result externref)
    (local $all (ref $units)) (local $end i32) (local $units i32) (local $char i32) (local $lead i32)
    (local.set $all (global.get $all))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (local.set $char (local.tee $lead (i32.load8_u (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          ;; Six bits more from each byte that follows; what marks it and the lead is taken off at once.
          (if (i32.ge_u (local.get $lead) (i32.const 0x80))
            (then
              (local.set $char (i32.add (i32.shl (local.get $char) (i32.const 6)) (i32.load8_u (local.get $at))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (if (i32.lt_u (local.get $lead) (i32.const 0xE0))
                (then (local.set $char (i32.sub (local.get $char) (i32.const 0x3080))))
                (else
                  (local.set $char (i32.add (i32.shl (local.get $char) (i32.const 6)) (i32.load8_u (local.get $at))))
                  (local.set $at (i32.add (local.get $at) (i32.const 1)))
                  (if (i32.lt_u (local.get $lead) (i32.const 0xF0))
                    (then (local.set $char (i32.sub (local.get $char) (i32.const 0xE2080))))
                    (else
                      (local.set $char (i32.add (i32.shl (local.get $char) (i32.const 6)) (i32.load8_u (local.get $at))))
                      (local.set $at (i32.add (local.get $at) (i32.const 1)))
                      (local.set $char (i32.sub (local.get $char) (i32.const 0x3C82080)))
                      ;; Two surrogates.
                      (array.set $units (local.get $all) (local.get $units)
                        (i32.add (i32.const 0xD7C0) (i32.shr_u (local.get $char) (i32.const 10))))
                      (local.set $units (i32.add (local.get $units) (i32.const 1)))
                      (local.set $char
                        (i32.or (i32.const 0xDC00) (i32.and (local.get $char) (i32.const 0x3FF))))))))))
          (array.set $units (local.get $all) (local.get $units) (local.get $char))
          (local.set $units (i32.add (local.get $units) (i32.const 1)))
          (br $next))))
    (call $string (local.get $all) (i32.const 0) (local.get $units))))
