/** The kinds of problems with their pictures, kept on the phone. */
import type { Categories } from '../core/shapes'
import { body, client } from './api'
import { keptFirst, type Fresh } from './kept'

export async function categories(lang: 'zh' | 'en' = 'zh'): Promise<Fresh<Categories>> {
  return keptFirst(`categories ${lang}`, () =>
    body(client.GET('/api/v1/categories', { params: { query: { lang } } })),
  )
}
