/**
 * The part of the language that a formula's realm has: each owner with its allowed members. Members of this list
 * can't harm other jobs. Everything else that the runtime provides is removed before a formula runs.
 *
 * The members are those of ECMA-262 (2026), ECMA-402, Temporal, the WebAssembly JavaScript API, and WHATWG's URL
 * and Encoding, except for:
 *
 * - what reveals garbage collection: `WeakRef`, `FinalizationRegistry`
 * - what reveals the last match of any regular expression: `RegExp.$1`
 * - `Atomics.waitAsync`
 * - what makes a URL for an object
 * - streaming and suspending in WebAssembly
 *
 * `@@x` is `Symbol.x`, `?x` is another symbol by its description, and owners between `%` have no global name.
 */
const TABLE = `
Object: assign getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames
  getOwnPropertySymbols hasOwn is preventExtensions seal create defineProperties defineProperty
  freeze getPrototypeOf setPrototypeOf isExtensible isFrozen isSealed keys entries fromEntries
  values groupBy
Object.prototype: constructor __defineGetter__ __defineSetter__ hasOwnProperty __lookupGetter__
  __lookupSetter__ isPrototypeOf propertyIsEnumerable toString valueOf toLocaleString
Function:
Function.prototype: length name constructor apply bind call toString @@hasInstance
Array: isArray from fromAsync of @@species
Array.prototype: length constructor at concat copyWithin fill find findIndex findLast
  findLastIndex lastIndexOf pop push reverse shift unshift slice sort splice includes indexOf
  join keys entries values forEach filter flat flatMap map every some reduce reduceRight
  toReversed toSorted toSpliced with toLocaleString toString @@iterator @@unscopables
Number: isFinite isInteger isNaN isSafeInteger parseFloat parseInt MAX_VALUE MIN_VALUE NaN
  NEGATIVE_INFINITY POSITIVE_INFINITY MAX_SAFE_INTEGER MIN_SAFE_INTEGER EPSILON
Number.prototype: constructor toExponential toFixed toPrecision toString valueOf toLocaleString
Boolean:
Boolean.prototype: constructor toString valueOf
String: fromCharCode fromCodePoint raw
String.prototype: length constructor anchor at big blink bold charAt charCodeAt codePointAt
  concat endsWith fontcolor fontsize fixed includes indexOf isWellFormed italics lastIndexOf
  link localeCompare match matchAll normalize padEnd padStart repeat replace replaceAll search
  slice small split strike sub substr substring sup startsWith toString toWellFormed trim
  trimStart trimLeft trimEnd trimRight toLocaleLowerCase toLocaleUpperCase toLowerCase
  toUpperCase valueOf @@iterator
Symbol: for keyFor asyncIterator hasInstance isConcatSpreadable iterator match matchAll replace
  search species split toPrimitive toStringTag unscopables dispose asyncDispose metadata
Symbol.prototype: constructor toString valueOf description @@toStringTag @@toPrimitive
Date: now parse UTC
Date.prototype: constructor toString toDateString toTimeString toISOString toUTCString
  toGMTString getDate setDate getDay getFullYear setFullYear getHours setHours getMilliseconds
  setMilliseconds getMinutes setMinutes getMonth setMonth getSeconds setSeconds getTime setTime
  getTimezoneOffset getUTCDate setUTCDate getUTCDay getUTCFullYear setUTCFullYear getUTCHours
  setUTCHours getUTCMilliseconds setUTCMilliseconds getUTCMinutes setUTCMinutes getUTCMonth
  setUTCMonth getUTCSeconds setUTCSeconds valueOf getYear setYear toJSON toLocaleString
  toLocaleDateString toLocaleTimeString toTemporalInstant @@toPrimitive
Promise: all allSettled any race resolve reject withResolvers try @@species
Promise.prototype: constructor then catch finally @@toStringTag
RegExp: escape @@species
RegExp.prototype: constructor exec dotAll flags global hasIndices ignoreCase multiline source
  sticky unicode unicodeSets compile toString test @@match @@matchAll @@replace @@search @@split
Error: captureStackTrace isError stackTraceLimit
Error.prototype: constructor name message toString
AggregateError:
AggregateError.prototype: constructor name message
EvalError:
EvalError.prototype: constructor name message
RangeError:
RangeError.prototype: constructor name message
ReferenceError:
ReferenceError.prototype: constructor name message
SyntaxError:
SyntaxError.prototype: constructor name message
TypeError:
TypeError.prototype: constructor name message
URIError:
URIError.prototype: constructor name message
SuppressedError:
SuppressedError.prototype: constructor name message
ArrayBuffer: isView @@species
ArrayBuffer.prototype: constructor byteLength slice maxByteLength resizable resize transfer
  transferToFixedLength detached @@toStringTag
SharedArrayBuffer: @@species
SharedArrayBuffer.prototype: constructor byteLength slice maxByteLength growable grow
  @@toStringTag
Uint8Array: BYTES_PER_ELEMENT fromBase64 fromHex
Uint8Array.prototype: constructor BYTES_PER_ELEMENT toBase64 setFromBase64 toHex setFromHex
Int8Array: BYTES_PER_ELEMENT
Int8Array.prototype: constructor BYTES_PER_ELEMENT
Uint16Array: BYTES_PER_ELEMENT
Uint16Array.prototype: constructor BYTES_PER_ELEMENT
Int16Array: BYTES_PER_ELEMENT
Int16Array.prototype: constructor BYTES_PER_ELEMENT
Uint32Array: BYTES_PER_ELEMENT
Uint32Array.prototype: constructor BYTES_PER_ELEMENT
Int32Array: BYTES_PER_ELEMENT
Int32Array.prototype: constructor BYTES_PER_ELEMENT
BigUint64Array: BYTES_PER_ELEMENT
BigUint64Array.prototype: constructor BYTES_PER_ELEMENT
BigInt64Array: BYTES_PER_ELEMENT
BigInt64Array.prototype: constructor BYTES_PER_ELEMENT
Uint8ClampedArray: BYTES_PER_ELEMENT
Uint8ClampedArray.prototype: constructor BYTES_PER_ELEMENT
Float16Array: BYTES_PER_ELEMENT
Float16Array.prototype: constructor BYTES_PER_ELEMENT
Float32Array: BYTES_PER_ELEMENT
Float32Array.prototype: constructor BYTES_PER_ELEMENT
Float64Array: BYTES_PER_ELEMENT
Float64Array.prototype: constructor BYTES_PER_ELEMENT
DataView:
DataView.prototype: constructor buffer byteLength byteOffset getInt8 setInt8 getUint8 setUint8
  getInt16 setInt16 getUint16 setUint16 getInt32 setInt32 getUint32 setUint32 getFloat32
  setFloat32 getFloat64 setFloat64 getBigInt64 setBigInt64 getBigUint64 setBigUint64 getFloat16
  setFloat16 @@toStringTag
Map: groupBy @@species
Map.prototype: constructor get set has delete clear entries forEach keys size values getOrInsert
  getOrInsertComputed @@toStringTag @@iterator
BigInt: asUintN asIntN
BigInt.prototype: constructor toLocaleString toString valueOf @@toStringTag
Set: @@species
Set.prototype: constructor has add delete difference clear entries forEach intersection
  isSubsetOf isSupersetOf isDisjointFrom size symmetricDifference union values keys
  @@toStringTag @@iterator
Iterator: from concat
Iterator.prototype: constructor reduce toArray forEach some every find map filter take drop
  flatMap @@iterator @@toStringTag @@dispose
WeakMap:
WeakMap.prototype: constructor delete get set has getOrInsert getOrInsertComputed @@toStringTag
WeakSet:
WeakSet.prototype: constructor delete has add @@toStringTag
Proxy: revocable
DisposableStack:
DisposableStack.prototype: constructor use dispose adopt defer move disposed @@dispose
  @@toStringTag
AsyncDisposableStack:
AsyncDisposableStack.prototype: constructor use disposeAsync adopt defer move disposed
  @@asyncDispose @@toStringTag
TextEncoder:
TextEncoder.prototype: constructor encoding encode encodeInto @@toStringTag
TextDecoder:
TextDecoder.prototype: constructor encoding fatal ignoreBOM decode @@toStringTag
URL: parse canParse
URL.prototype: constructor hash host hostname href origin password pathname port protocol search
  username searchParams toString toJSON ?updateUrlSearch @@toStringTag
URLSearchParams:
URLSearchParams.prototype: constructor append delete getAll get has set sort toString size
  entries keys values forEach @@iterator @@toStringTag
DOMException: INDEX_SIZE_ERR DOMSTRING_SIZE_ERR HIERARCHY_REQUEST_ERR WRONG_DOCUMENT_ERR
  INVALID_CHARACTER_ERR NO_DATA_ALLOWED_ERR NO_MODIFICATION_ALLOWED_ERR NOT_FOUND_ERR
  NOT_SUPPORTED_ERR INUSE_ATTRIBUTE_ERR INVALID_STATE_ERR SYNTAX_ERR INVALID_MODIFICATION_ERR
  NAMESPACE_ERR INVALID_ACCESS_ERR VALIDATION_ERR TYPE_MISMATCH_ERR SECURITY_ERR NETWORK_ERR
  ABORT_ERR URL_MISMATCH_ERR QUOTA_EXCEEDED_ERR TIMEOUT_ERR INVALID_NODE_TYPE_ERR DATA_CLONE_ERR
DOMException.prototype: constructor message name code INDEX_SIZE_ERR DOMSTRING_SIZE_ERR
  HIERARCHY_REQUEST_ERR WRONG_DOCUMENT_ERR INVALID_CHARACTER_ERR NO_DATA_ALLOWED_ERR
  NO_MODIFICATION_ALLOWED_ERR NOT_FOUND_ERR NOT_SUPPORTED_ERR INUSE_ATTRIBUTE_ERR
  INVALID_STATE_ERR SYNTAX_ERR INVALID_MODIFICATION_ERR NAMESPACE_ERR INVALID_ACCESS_ERR
  VALIDATION_ERR TYPE_MISMATCH_ERR SECURITY_ERR NETWORK_ERR ABORT_ERR URL_MISMATCH_ERR
  QUOTA_EXCEEDED_ERR TIMEOUT_ERR INVALID_NODE_TYPE_ERR DATA_CLONE_ERR @@toStringTag
JSON: parse stringify rawJSON isRawJSON @@toStringTag
Math: abs acos acosh asin asinh atan atanh atan2 ceil cbrt expm1 clz32 cos cosh exp floor fround
  hypot imul log log1p log2 log10 max min pow random round sign sin sinh sqrt tan tanh trunc E
  LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 f16round sumPrecise @@toStringTag
Reflect: defineProperty deleteProperty apply construct get getOwnPropertyDescriptor
  getPrototypeOf has isExtensible ownKeys preventExtensions set setPrototypeOf @@toStringTag
Atomics: load store add sub and or xor exchange compareExchange isLockFree wait notify pause
  @@toStringTag
Intl: getCanonicalLocales supportedValuesOf DateTimeFormat NumberFormat Collator PluralRules
  RelativeTimeFormat ListFormat Locale DisplayNames Segmenter DurationFormat @@toStringTag
Temporal: Now PlainDate PlainTime PlainDateTime ZonedDateTime Duration Instant PlainYearMonth
  PlainMonthDay @@toStringTag
WebAssembly: compile validate instantiate Module Instance Table Memory Global Tag Exception
  CompileError LinkError RuntimeError @@toStringTag
Intl.DateTimeFormat: supportedLocalesOf
Intl.DateTimeFormat.prototype: constructor resolvedOptions formatToParts format formatRange
  formatRangeToParts @@toStringTag
Intl.NumberFormat: supportedLocalesOf
Intl.NumberFormat.prototype: constructor resolvedOptions formatToParts format formatRange
  formatRangeToParts @@toStringTag
Intl.Collator: supportedLocalesOf
Intl.Collator.prototype: constructor resolvedOptions compare @@toStringTag
Intl.PluralRules: supportedLocalesOf
Intl.PluralRules.prototype: constructor resolvedOptions select selectRange @@toStringTag
Intl.RelativeTimeFormat: supportedLocalesOf
Intl.RelativeTimeFormat.prototype: constructor resolvedOptions format formatToParts
  @@toStringTag
Intl.ListFormat: supportedLocalesOf
Intl.ListFormat.prototype: constructor resolvedOptions format formatToParts @@toStringTag
Intl.Locale:
Intl.Locale.prototype: constructor toString maximize minimize language script region baseName
  calendar caseFirst collation firstDayOfWeek hourCycle numeric numberingSystem getCalendars
  getCollations getHourCycles getNumberingSystems getTimeZones getTextInfo getWeekInfo
  @@toStringTag
Intl.DisplayNames: supportedLocalesOf
Intl.DisplayNames.prototype: constructor resolvedOptions of @@toStringTag
Intl.Segmenter: supportedLocalesOf
Intl.Segmenter.prototype: constructor resolvedOptions segment @@toStringTag
Intl.DurationFormat: supportedLocalesOf
Intl.DurationFormat.prototype: constructor resolvedOptions format formatToParts @@toStringTag
Temporal.Now: instant timeZoneId plainDateTimeISO zonedDateTimeISO plainDateISO plainTimeISO
  @@toStringTag
Temporal.PlainDate: from compare
Temporal.PlainDate.prototype: constructor era eraYear calendarId year month monthCode day
  dayOfWeek dayOfYear weekOfYear yearOfWeek daysInWeek daysInMonth daysInYear monthsInYear
  inLeapYear toPlainYearMonth toPlainMonthDay add subtract with withCalendar until since equals
  toPlainDateTime toZonedDateTime toString toLocaleString toJSON valueOf @@toStringTag
Temporal.PlainTime: from compare
Temporal.PlainTime.prototype: constructor hour minute second millisecond microsecond nanosecond
  add subtract with until since round equals toLocaleString toString toJSON valueOf
  @@toStringTag
Temporal.PlainDateTime: from compare
Temporal.PlainDateTime.prototype: constructor calendarId era eraYear year month monthCode day
  hour minute second millisecond microsecond nanosecond dayOfWeek dayOfYear weekOfYear
  yearOfWeek daysInWeek daysInMonth daysInYear monthsInYear inLeapYear with withCalendar
  withPlainTime add subtract until since round equals toLocaleString toJSON toString valueOf
  toZonedDateTime toPlainDate toPlainTime @@toStringTag
Temporal.ZonedDateTime: from compare
Temporal.ZonedDateTime.prototype: constructor timeZoneId calendarId era eraYear year month
  monthCode day hour minute second millisecond microsecond nanosecond epochMilliseconds
  epochNanoseconds dayOfWeek dayOfYear weekOfYear yearOfWeek hoursInDay daysInWeek daysInMonth
  daysInYear monthsInYear inLeapYear offsetNanoseconds offset with withCalendar withPlainTime
  withTimeZone add subtract until since round equals toLocaleString toString toJSON valueOf
  startOfDay getTimeZoneTransition toInstant toPlainDate toPlainTime toPlainDateTime
  @@toStringTag
Temporal.Duration: from compare
Temporal.Duration.prototype: constructor years months weeks days hours minutes seconds
  milliseconds microseconds nanoseconds sign blank with negated abs add subtract round total
  toLocaleString toString toJSON valueOf @@toStringTag
Temporal.Instant: from fromEpochMilliseconds fromEpochNanoseconds compare
Temporal.Instant.prototype: constructor epochMilliseconds epochNanoseconds add subtract until
  since round equals toLocaleString toString toJSON valueOf toZonedDateTimeISO @@toStringTag
Temporal.PlainYearMonth: from compare
Temporal.PlainYearMonth.prototype: constructor calendarId era eraYear year month monthCode
  daysInYear daysInMonth monthsInYear inLeapYear with add subtract until since equals
  toLocaleString toString toJSON valueOf toPlainDate @@toStringTag
Temporal.PlainMonthDay: from
Temporal.PlainMonthDay.prototype: constructor calendarId monthCode day with equals
  toLocaleString toString toJSON valueOf toPlainDate @@toStringTag
WebAssembly.Module: imports exports customSections
WebAssembly.Module.prototype: constructor @@toStringTag
WebAssembly.Instance:
WebAssembly.Instance.prototype: constructor exports @@toStringTag
WebAssembly.Table:
WebAssembly.Table.prototype: constructor length grow set get @@toStringTag
WebAssembly.Memory:
WebAssembly.Memory.prototype: constructor grow buffer toFixedLengthBuffer toResizableBuffer
  @@toStringTag
WebAssembly.Global:
WebAssembly.Global.prototype: constructor valueOf value @@toStringTag
WebAssembly.Tag:
WebAssembly.Tag.prototype: constructor @@toStringTag
WebAssembly.Exception:
WebAssembly.Exception.prototype: constructor getArg is @@toStringTag
WebAssembly.CompileError:
WebAssembly.CompileError.prototype: constructor name message
WebAssembly.LinkError:
WebAssembly.LinkError.prototype: constructor name message
WebAssembly.RuntimeError:
WebAssembly.RuntimeError.prototype: constructor name message
%TypedArray%: of from @@species
%TypedArray%.prototype: constructor buffer byteLength byteOffset length entries keys values at
  copyWithin every fill filter find findIndex findLast findLastIndex forEach includes indexOf
  join lastIndexOf map reverse reduce reduceRight set slice some sort subarray toReversed
  toSorted with toLocaleString toString @@toStringTag @@iterator
%ArrayIterator%: next @@toStringTag
%MapIterator%: next @@toStringTag
%SetIterator%: next @@toStringTag
%StringIterator%: next @@toStringTag
%RegExpStringIterator%: next @@toStringTag
%WrapForValidIterator%: next return
%IteratorHelper%: next return @@toStringTag
%SegmentIterator%: next @@toStringTag
%Segments%: containing @@iterator
%URLSearchParamsIterator%: next @@toStringTag
%AsyncFunction%.prototype: constructor @@toStringTag
%GeneratorFunction%.prototype: prototype constructor @@toStringTag
%Generator%: constructor next return throw @@toStringTag
%AsyncGeneratorFunction%.prototype: prototype constructor @@toStringTag
%AsyncGenerator%: constructor next return throw @@toStringTag
%AsyncIterator%: @@asyncIterator @@asyncDispose
%AbstractModuleSource%:
%AbstractModuleSource%.prototype: constructor @@toStringTag
%CryptoKey%:
%CryptoKey%.prototype: constructor type extractable usages algorithm @@toStringTag
%QuotaExceededError%:
%QuotaExceededError%.prototype: constructor quota requested @@toStringTag
`;

/** Members of each owner; a key is a text or a symbol as the table writes it. */
export const MEMBERS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  // Without regular expressions, which each thread would compile anew.
  TABLE.trim().replaceAll("\n  ", " ").split("\n").map((entry) => {
    const [owner, members] = entry.split(":", 2) as [string, string];
    return [owner, new Set(members.split(" ").filter((name) => name !== ""))];
  }),
);

/** Functions and constants that are global and belong to no owner. */
export const FREE: readonly string[] = [
  ...["Infinity", "NaN", "undefined"],
  ...["parseFloat", "parseInt", "isFinite", "isNaN", "escape", "unescape"],
  ...["decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent"],
  ...["atob", "btoa", "structuredClone", "queueMicrotask"],
  // A name that V8 does not let go of; it stands for nothing: mod/common/garbage.ts.
  "gc",
];

/** A key as the table writes it. */
export function written(key: string | symbol): string {
  if (typeof key === "string") return key;
  const description = key.description ?? "";
  return description.startsWith("Symbol.") ? `@@${description.slice(7)}` : `?${description}`;
}
