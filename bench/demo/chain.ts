/** A chain of shops for the demo: thirty stores in Spain, and what they sell. The first three stores are the seed's. */
export interface DemoStore { readonly id: string; readonly name: string; /** How busy it is, against the others. */ readonly share: number }

const PLACES = [
  ['MAD', ['Madrid Centro', 'Madrid Chamberí', 'Madrid Retiro', 'Madrid Vallecas', 'Madrid Las Rozas']],
  ['BCN', ['Barcelona Plaza', 'Barcelona Gràcia', 'Barcelona Sants', 'Barcelona Poblenou']],
  ['VAL', ['Valencia Norte', 'Valencia Ruzafa', 'Valencia Puerto']],
  ['SVQ', ['Sevilla Triana', 'Sevilla Nervión']], ['BIO', ['Bilbao Abando', 'Bilbao Deusto']], ['AGP', ['Málaga Larios', 'Málaga Teatinos']],
  ['ZAZ', ['Zaragoza Delicias', 'Zaragoza Actur']], ['PMI', ['Palma Centre']], ['LPA', ['Las Palmas Triana']], ['ALC', ['Alicante Centro']],
  ['MJV', ['Murcia Gran Vía']], ['VLL', ['Valladolid Sur']], ['VGO', ['Vigo Príncipe']], ['LCG', ['A Coruña Marineda']],
  ['GRX', ['Granada Centro']], ['OVD', ['Oviedo Uría']], ['EAS', ['San Sebastián Centro']],
] as const;

/** The stores, the busiest first. */
export const STORES: readonly DemoStore[] = PLACES.flatMap(([code, names]) => names.map((name, nth) => ({
  id: `${code}-${String(nth + 1).padStart(3, '0')}`, name, share: (code === 'MAD' || code === 'BCN' ? 3 : 1) / (nth + 1),
}))).sort((a, b) => b.share - a.share);
