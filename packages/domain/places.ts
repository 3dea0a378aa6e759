/** Places on the earth, and how far apart two of them are. */

/** In degrees: latitude from -90 to 90, longitude from -180 to 180. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** The mean radius (IUGG). The earth is no sphere: a distance is wrong by at most 0.6 %. */
const EARTH_RADIUS_KM = 6371.0088;
const RADIANS = Math.PI / 180;
/** Along a meridian. Between two latitudes lies at least so much, whatever their longitudes. */
export const KM_A_DEGREE = EARTH_RADIUS_KM * RADIANS;

/** The great-circle distance in kilometres, by the haversine formula, which is exact for places that are close to each other. */
export function distanceKm(a: Place, b: Place): number {
  const ofLatitudes = Math.sin(((b.latitude - a.latitude) * RADIANS) / 2);
  const ofLongitudes = Math.sin(((b.longitude - a.longitude) * RADIANS) / 2);
  const haversine = ofLatitudes ** 2
    + Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * ofLongitudes ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
}

/** A distance as answers show it: to the metre. */
export function toTheMetre(km: number): number {
  return Math.round(km * 1000) / 1000;
}
