import { useRead } from '../api/use-read.ts'

/** Who is signed in; undefined while that is asked, or when nobody is. */
export function useSelf() {
  const { data } = useRead('user.self', {})
  return data?.ok === true ? data.value : undefined
}
