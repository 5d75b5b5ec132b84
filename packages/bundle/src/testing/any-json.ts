/** JSON whose members a test looks into as it likes: what is not there fails that test. */
export type AnyJson = ReturnType<typeof JSON.parse>
