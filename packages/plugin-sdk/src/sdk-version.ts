import description from '../package.json' with { type: 'json' }

export const sdkVersion: string = description.version
