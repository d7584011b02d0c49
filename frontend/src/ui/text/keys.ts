/** An English part has exactly the keys of its Chinese part. */
export type Same<T> = { readonly [Key in keyof T]: string }
