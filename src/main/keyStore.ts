import { safeStorage } from 'electron'
import type { KeyStore } from './pacs/secrets'

/**
 * The system's key store: Keychain, DPAPI, or the desktop's keyring on Linux. Without a keyring Electron would encrypt
 * with a key that everybody knows; that counts as none.
 */
export const systemKeyStore: KeyStore = {
  async isAvailable() {
    if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return false
    return hasAsync ? safeStorage.isAsyncEncryptionAvailable() : safeStorage.isEncryptionAvailable()
  },
  async encrypt(text) {
    return hasAsync ? safeStorage.encryptStringAsync(text) : safeStorage.encryptString(text)
  },
  async decrypt(bytes) {
    const sealed = Buffer.from(bytes)
    return hasAsync ? (await safeStorage.decryptStringAsync(sealed)).result : safeStorage.decryptString(sealed)
  },
}

/** Older Electrons have only what waits for the system's answer. */
const hasAsync = 'encryptStringAsync' in safeStorage
